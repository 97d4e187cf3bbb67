#pragma once

namespace netkit {

/// How the process's memory goes back to the system. glibc decides that by block and by heap (mallopt(3)); each thread
/// that allocates much has a heap of its own.

/// Keeps what was freed for what comes next: by itself the allocator gives the memory of each large message back and
/// has the next one fault it in again, page by page, which costs more than to copy it. For the whole process.
void keep_freed_memory();

/// Gives back whole pages that are free amid the heaps of all threads. Takes milliseconds; any thread.
void give_back_holes();

/// Gives back what is free at the end of the calling thread's heap, which give_back_holes() leaves alone. Cheap.
void give_back_end_of_own_heap();

}  // namespace netkit
