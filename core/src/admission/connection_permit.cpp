#include "admission/connection_permit.h"

#include "admission/admission.h"

namespace netkit {

ConnectionPermit::~ConnectionPermit() {
  if (admission_) admission_->take_back(source_);
}

}  // namespace netkit
