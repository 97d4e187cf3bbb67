#include "admission/connection_permit.h"

#include "admission/admission.h"

namespace netkit {

void ConnectionPermit::give_back() noexcept { admission_->take_back(source_); }

}  // namespace netkit
