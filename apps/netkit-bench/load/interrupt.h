#pragma once

namespace netkit::bench {

/// From now on the first SIGINT only makes interrupted() true; a second one ends the program. An ignored SIGINT stays
/// ignored.
void catch_interrupt();

bool interrupted();

}  // namespace netkit::bench
