#pragma once

namespace netkit {

/// Has a signal that ends the process by a crash, such as SIGSEGV and SIGABRT, first write a line to the log, and to
/// stderr if the log is elsewhere: in which plugin, call and listener. Then the signal takes its course. `json`: the
/// log's format. Before there are other threads.
void report_crashes(bool json);

/// Gives the calling thread a stack of its own for the report, so that one can be made of a stack that is used up. It
/// lasts as long as the thread. Without memory for it nothing is changed.
void prepare_thread_for_crash();

}  // namespace netkit
