// `shopwire sync`: a stream of a connection is read now, and how far that is.  One thread.
#pragma once

#include <chrono>
#include <ostream>
#include <string>

#include "common/core/clock.h"
#include "services/cli/admin_client.h"
#include "services/cli/reach.h"
#include "services/cli/status_view.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct SyncOptions {
    ReachOptions reach{};
    std::string connection{};  // merchant/connection
    std::string stream{};
    bool full = false;
    std::string since{};  // as parse_since takes it
    std::int64_t accept_loss = 0;
    bool wait = false;
    std::chrono::seconds timeout{86'400};  // of the waiting
};

// Shows one line that changes; where nobody looks at a terminal, a line now and then.
class ProgressLine {
 public:
    ProgressLine(std::ostream& out, bool is_terminal) : out_(out), is_terminal_(is_terminal) {}
    void show(const std::string& text, std::int64_t now_ms);
    void end();

 private:
    std::ostream& out_;
    const bool is_terminal_;
    std::string shown_{};
    std::int64_t shown_at_ms_ = 0;
};

// A reading that a service promised: which of its process, and what it was asked for.
struct SyncTicket {
    std::string body{};  // JSON
    std::string run{};
    std::int64_t number = 0;
    std::string note{};  // for the person who asked
};

// Asks for the reading; again for a while, when a service gives no answer or does not serve the connection yet.
Result<SyncTicket> ask_sync(const SyncOptions& options, const std::vector<AdminPort>& ports, AdminClient& client,
                            Clock& clock, ProgressLine& line);
// Until that reading has ended.  A process that does not know of it, since it was begun or moved meanwhile, is asked
// for the same again.  An error: it ended badly, or nobody serves the connection.
Status wait_for_sync(const SyncOptions& options, const std::vector<AdminPort>& ports, AdminClient& client, Clock& clock,
                     SyncTicket ticket, ProgressLine& line);

void add_sync_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
