// A folder that only one user may enter, for what only this process shall be asked through: a socket.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

namespace caravan::harness {

/// Owns the folder from its constructor to its destructor, and holds a lock on it that ends with the process.
class PrivateFolder {
 public:
  /// Who has it instead of this user; root alone can give one away.
  struct Owner {
    uid_t user = 0;
    gid_t group = 0;
  };
  /// What must be done before a folder goes: it holds the only trace of something outside of it.
  using BeforeRemoval = std::function<void(const std::string& folder)>;

  /// Makes PREFIX-XXXXXX of mode 0700 under the temporary folder, or under /tmp where that is too long for a
  /// socket called `socket` in it. First removes what processes that were killed left behind under this
  /// prefix: folders of this owner and mode that no living process holds. Throws machine_failed.
  PrivateFolder(const std::string& prefix, const std::string& socket);
  PrivateFolder(const std::string& prefix, const std::string& socket, const Owner& owner,
                const BeforeRemoval& before_removal);
  /// Only removes what is dead, as the constructor does.
  static void sweep(const std::string& prefix, const Owner& owner, const BeforeRemoval& before_removal);
  ~PrivateFolder();  ///< removes it with all that is in it
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int held_ = -1;  ///< the folder itself, locked: this process lives
  BeforeRemoval before_removal_;
};

}  // namespace caravan::harness
