// What a process that mostly waits does to stay small.
#pragma once

namespace shopwire {

// Gives back what only the start needed: freed heap, and pages of program and libraries, which are read from the file
// again (in practice from the page cache) where they are used.  Takes a few milliseconds.  Any thread.
void give_back_start_memory();

}  // namespace shopwire
