#include "config/readers/framing_check.h"

namespace netkit {

void try_framing(const FramingType& type, const Options& options, Directions directions) {
  if (type.codec) {
    type.codec(options);
    return;
  }
  if (directions != Directions::out) type.decoder(options);
  if (directions != Directions::in) type.encoder(options);
}

}  // namespace netkit
