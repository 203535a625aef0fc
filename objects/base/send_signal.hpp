// The only way in which a signal leaves this program.
#pragma once

#include <sys/types.h>

namespace caravan {

/// The process of that number alone, or the whole group that it leads.
enum class Whom { process, group };

/// Sends `number` to one process, or to the group that it leads. Refuses a pid of 1 or less: to kill(2), 0 is
/// the caller's own group and -1 is every process there is, and a pid that was never assigned is one of them.
/// False if refused or failed; errno says why, and is EPERM for what was refused. Safe in any thread.
bool send_signal(pid_t pid, int number, Whom whom = Whom::process) noexcept;

/// The same to the process behind a pidfd, which no later process of that number can inherit. `pid` is what
/// the descriptor was opened for, and is refused alike.
bool send_signal_to(int pidfd, pid_t pid, int number) noexcept;

/// SIGKILL to this very process: a death that a plan asked for.
[[noreturn]] void die_at_once() noexcept;

}  // namespace caravan
