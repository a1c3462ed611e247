// The parcels under way that tracking asks for: the cursor of its stream.  A value, no thread rule; bounded.
//
// A pass first looks for new parcels, then asks for each one once.  What it did is in the text, so a restart goes on in
// the middle of a pass.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"

namespace shopwire::logistos {

struct Parcel {
    std::string awb{};
    std::string order_number{};
    std::string seen{};  // fingerprint of what was published last; empty: nothing yet
    std::int64_t added_ms = 0;
    std::int64_t asked_ms = 0;  // the start of the pass that asked for it last; 0: none yet
    std::int64_t done_ms = 0;  // final since; kept a while, so that the list does not bring it back
};

struct Watch {
    static constexpr std::size_t kPastMax = 20'000;

    std::int64_t listed_ms = 0;  // all parcels that changed before were listed; 0: none yet
    std::int64_t pass_ms = 0;  // start of the pass that is going on; 0: none is
    std::vector<Parcel> parcels{};
    // Short hashes of parcels that are done with, which a list that has to be read again still shows.  At most
    // kPastMax.
    std::set<std::string, std::less<>> past{};
    std::int64_t past_ms = 0;  // when the last of them was put there

    static Result<Watch> parse(std::string_view text);  // "": the start.  kRejected: not a text of ours
    std::string text() const;

    Parcel* find(std::string_view awb);
    bool knows(std::string_view awb) const;
    // False: there is no room.
    bool add(const std::string& awb, const std::string& order_number, std::int64_t now_ms, std::size_t room);
    // Those that were never final in time.  How many.
    std::size_t give_up(std::int64_t added_before_ms, std::int64_t now_ms);
    // Forgets final parcels that no list shows any more.  While the list is not `whole` it will show each of them
    // again, so they are remembered, and take no room.
    void settle(bool whole, std::int64_t done_before_ms, std::int64_t now_ms, std::size_t room);
    // A pass begins: after each one before, also when the clock was set back or has not moved since.
    void begin_pass(std::int64_t now_ms);
    // Those that this pass has still to ask for, at most `count`.
    std::vector<Parcel*> due(std::size_t count);

 private:
    void remember(const std::string& awb, std::int64_t now_ms);
};

}  // namespace shopwire::logistos
