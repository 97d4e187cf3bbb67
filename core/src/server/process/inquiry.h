#pragma once

#include <pthread.h>

#include <string>

namespace netkit {

/// Has threads be asked what they do. Once for a process, before the first question: takes a signal.
void allow_questions();

/// What a thread of this process is doing, see Activity. Its own code says so, as only that may look at what it works
/// on. Waits for a second at most. Any other thread.
std::string ask_what_it_does(pthread_t thread);

}  // namespace netkit
