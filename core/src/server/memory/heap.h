#pragma once

namespace netkit {

/// When freed memory goes back to the system. glibc's malloc decides this per block and per heap (mallopt(3)); each
/// thread that allocates much has its own heap.

/// Keeps freed memory for later allocations. By default malloc returns the memory of each large message to the system
/// and the next message faults it in again page by page, which costs more than copying it. For the whole process.
void keep_freed_memory();

/// Returns free pages inside the heaps of all threads. Takes milliseconds; any thread.
void give_back_holes();

/// Returns the free end of the calling thread's heap, which give_back_holes() does not touch. Cheap.
void give_back_end_of_own_heap();

}  // namespace netkit
