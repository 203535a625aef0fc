// A database server of our own: started for a run, reached through a Unix socket, gone afterwards.
#pragma once

#include <memory>
#include <string>

#include "nodes/store/database_url.hpp"

namespace caravan::harness {

/// A server that takes connections from when start_server returns it until it is killed or destroyed.
class DatabaseServer {
 public:
  virtual ~DatabaseServer() = default;  ///< stops the server and removes all that it made but its log
  /// Of an empty database, for create_schema.
  virtual std::string url() const = 0;
  virtual void kill() = 0;  ///< at once, as in a crash: open transactions are gone, connections break
};

/// Starts a private server of the kind (not sqlite: it has none) and waits until it takes connections. Its
/// data and socket are in a folder of their own under the temporary folder (private_folder.hpp), its log is
/// FOLDER/KIND.log. It listens to no port, only this user and the server's own can reach it, and it
/// dies with this process. Must be called from the main thread. Throws machine_failed with the cause; if the
/// server's programs are missing, with the Debian package that brings them.
std::unique_ptr<DatabaseServer> start_server(nodes::DatabaseUrl::Kind kind, const std::string& folder);

/// Removes what servers left behind that were killed: folders of ours that nothing holds, with their
/// shared memory. start_server does it for its own kind.
void sweep_servers();

}  // namespace caravan::harness
