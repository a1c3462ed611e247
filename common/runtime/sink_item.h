// One command in the sink's hands, from its record to its result.  Values; pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/core/clock.h"
#include "common/events/codec.h"
#include "common/kafka/record.h"
#include "common/runtime/connector.h"
#include "shopwire/internal/v1/state.pb.h"

namespace shopwire::runtime {

using internal::v1::Effect;
using internal::v1::Parked;

// What a call brought: an error, an effect, or (from a lookup alone) nullopt: it surely did not land.
using Answer = Result<std::optional<Applied>>;

struct Item {
    kafka::Record record{};     // as it came: what parks or becomes a dead letter
    events::Command command{};
    std::string connection{};   // merchant/connection
    std::string unit{};         // merchant/connection/key: one at a time
    std::string journal_key{};  // unit/field group
    std::int32_t slot = 0;
    std::string parked_key{};   // set when it came out of the parked store: its offset is committed already
    std::string parked_reason{};
    std::int64_t called_at_ms = 0;  // when its last call began: whatever the call read is at least as new
    int attempts = 0;
    int lookups = 0;
    // An attempt may be under way that we know nothing of: before a restart, at another owner, or one that ended
    // ambiguous.
    bool in_doubt = false;
    bool cleared = false;  // the journal's SENDING was dealt with: looked up, settled, or it is our own failed attempt
    bool waited = false;  // the lookup's delay has passed or is set
    bool active = false;  // in a batch: its unit is busy with it
    bool journaled = false;  // the journal's SENDING is ours
    std::optional<std::string> journal_before{};  // what that replaced
    Clock::Monotonic due{};  // not before
    Clock::Monotonic sent{};  // when an attempt in doubt may have left at the latest; zero: none that we know
};

std::string connection_id(std::string_view merchant, std::string_view connection);
Result<Item> decode_item(kafka::Record record);

// What the journal says about a command that is about to be sent.
enum class Verdict : std::uint8_t {
    kDrop,  // this or a newer one is done
    kSend,
    kLookUp,  // a create whose fate nobody knows
    kSettle,  // an absolute write that may still be under way
};
Verdict judge(const std::optional<Effect>& journal, const Item& item, ActionRule::Write write);

// True: once `newer` is done, nobody misses `older`.  A note adds to what is there and never replaces another.
bool supersedes(const events::Command& newer, const events::Command& older);

// The journal entry after this step.  Native id and last result of earlier writes stay.
Effect journal_entry(const std::optional<Effect>& before, const events::Command& command,
                     internal::v1::EffectState state, std::int64_t now_ms);

// Fills what the runtime knows; keeps outcome, error, native id and detail of `result`.
events::CommandResult complete_result(events::CommandResult result, const events::Command& command,
                                      std::string_view system, std::int64_t now_ms);

// unit/topic/partition/offset, sorted by offset.
std::string parked_key_of(const Item& item);
struct ParkReason {
    std::string text{};
    std::string kind{};  // name_of(ErrorKind); "behind": waits for the record before it; "full": the queue was
    bool whole_connection = false;
};
Parked to_parked(const Item& item, const ParkReason& reason, std::int64_t now_ms);
Result<Item> from_parked(std::string_view parked_key, std::string_view value, std::int32_t slot);

std::string_view action_name(events::Command::ActionCase action);  // metric label

}  // namespace shopwire::runtime
