// A lock that belongs to a file or folder whatever it is called, and to a process: it ends with it.
#pragma once

#include <string>

namespace caravan {

/// Locks what `fd` has open until that is closed. False: another process has the lock. True also where the
/// file system knows none: there nobody is kept out. Independent of the locks that SQLite takes.
bool lock_inode(int fd);

/// " (process 1234)" that has the lock, or nothing if the kernel does not tell.
std::string holder_of_inode(int fd);

}  // namespace caravan
