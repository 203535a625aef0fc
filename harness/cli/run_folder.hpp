// The folder that a run leaves behind: run.ndjson, plan.txt, report.json, logs/, snapshots/, and the
// database.
#pragma once

#include <filesystem>
#include <string>

namespace caravan::harness {

/// A run's folder while the run has it: no other run can use it, however its name is spelt (the lock is on
/// the inode and ends with the process).
///
/// What a run makes before it begins is kept apart, in starting(). So an earlier recording stays what it is
/// until begin(), and nothing of it is ever removed: begin() moves it to FOLDER/earlier/N. Whoever is killed
/// in between leaves the earlier recording or the new one as FOLDER/run.ndjson, and never half of either.
class RunFolder {
 public:
  static constexpr const char* starting_name = ".caravan-starting";

  /// Makes the folder if it is not there. Throws bad_request if another run uses it, or if it holds what no
  /// run wrote; machine_failed if the disk refuses.
  explicit RunFolder(const std::filesystem::path& name) : RunFolder(name, false) {}
  /// A folder of this name that does not exist yet; else NAME-2, NAME-3 ...
  static RunFolder unused(const std::filesystem::path& name);
  /// Removes what was made, unless the run began; logs stay, because the error names them.
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  const std::string& shown() const { return shown_; }  ///< as it was named
  const std::string& path() const { return path_; }    ///< absolute and without links
  bool holds_a_run() const { return holds_a_run_; }
  std::string starting() const;  ///< holds logs/, snapshots/ and whatever the run puts there
  /// Moves what is in starting() to its place. starting()/run.ndjson must be there, open or not. Returns
  /// where the earlier recording is kept now; empty if there was none.
  std::string begin();

 private:
  RunFolder(const std::filesystem::path& name, bool must_be_new);
  void look_inside();
  void sweep();
  void abandon();
  std::string keep_earlier() const;

  std::string shown_, path_;
  int lock_ = -1;
  bool made_ = false, holds_a_run_ = false, begun_ = false;
};

}  // namespace caravan::harness
