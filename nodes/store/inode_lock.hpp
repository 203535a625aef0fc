// A lock that belongs to a file or folder whatever it is called, and to a process: it ends with it.
#pragma once

#include <string>

namespace caravan::nodes {

/// Locks what `fd` has open until that is closed, without waiting. False if another process has the lock.
/// True also where the file system knows no locks: there nothing is kept out. No lock of SQLite's is touched.
bool lock_inode(int fd);

/// " (process 1234)", which has the lock; empty if the kernel does not tell.
std::string holder_of_inode(int fd);

}  // namespace caravan::nodes
