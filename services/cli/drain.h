// What waits for a connection that is to go: waited for, or given up.  The ports and Kafka come in from outside.  One
// thread.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "common/core/clock.h"
#include "common/core/error.h"
#include "services/cli/parked_command.h"

namespace shopwire::cli {

// What is not done yet.
struct Waiting {
    std::int64_t under_way = 0;  // in the hands of its service
    std::int64_t parked = 0;
    std::int64_t unread = 0;     // commands that its service has not taken in yet

    std::int64_t count() const { return under_way + parked + unread; }
};

struct Hands {
    std::function<Result<Waiting>()> look{};
    std::function<Status()> pause{};   // nothing is written any more; what is under way ends, the rest parks
    std::function<Status()> resume{};
    std::function<Result<std::vector<ParkedRow>>()> parked{};  // some of it; the rest once these are gone
    std::function<Status(const std::string& key)> discard{};
    Clock& clock;
};

// Leaves it paused with nothing that waits.  What comes between the last look and the pause makes it run on and wait
// again.  After a failure it runs, unless the pause or the resume itself failed; the message says what waits.
Status drain(const Hands& hands, std::int64_t until_ms, std::ostream& out);

// Leaves it paused with nothing that waits: each key is answered as discarded, by the service that owns it.  Returns
// how many keys.
Result<std::size_t> discard(const Hands& hands);

}  // namespace shopwire::cli
