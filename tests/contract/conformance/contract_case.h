// What a connector's room tells the conformance kit: how to reach its simulated remote, and what is true there.  A case
// holds facts alone; what is checked stands in checks.h, once for all.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/runtime/connector.h"
#include "tests/contract/conformance/remote.h"

namespace shopwire::conformance {

class Stage;

// What a stream tells of the remote that `prepare` has filled.
struct StreamFacts {
    std::string_view name{};
    std::size_t events = 0;  // at least so many
    std::string_view quiet{};  // why there are none
    // Members of the answers that a row, or the page, cannot do without: with null in one of them nothing is told as if
    // it were whole.  A row with null in any other is told.
    std::set<std::string> needed{};
    std::set<std::string> tells_less{};  // with null in one of these less is told, and rightly: no SKU, no stock
    std::set<std::string> words{};  // members with one of a closed set of words
    bool gone = false;  // HTTP 404 says of a row that it is no more
    std::string text{};  // a member that people write, and the event has
    // The remote shows `amount` (as "12.345") in `currency`.
    std::function<void(Stage& stage, const std::string& currency, const std::string& amount)> price{};
    std::string_view no_currency{};  // why an amount is told without one
    // Of "words", "text" and "price" those that this stream cannot have, and why.  One of both is a must.
    std::map<std::string_view, std::string_view> without{};
    // Operations that ask for one row: what fails for a while is stepped over, and told by the next pass.
    std::set<std::string> steps_over{};
    ErrorKind refused_key = ErrorKind::kAuth;  // kRejected: a key of this stream alone, so the connection goes on
};

// One command that makes sense at the prepared remote.
struct Example {
    std::string_view name{};
    std::function<events::Command(Stage&)> make{};
    bool writes = true;  // false: it only asks
    std::string_view refused{};  // why this dialect cannot: rightly kRejected
};

// Parts of a check that this connector does not pass, and why: streams, commands, currencies, as the check calls them.
// They are run all the same: one that would pass is a stale waiver.  What fails elsewhere fails.
struct Waiver {
    std::string_view check{};
    std::set<std::string> parts{};
    std::string_view reason{};
};

struct ContractCase {
    std::string name{};  // "sors_en": unique among all cases
    std::function<runtime::ConnectorSpec()> spec{};
    Program remote{};
    // YAML of a connection to the remote at `address`.
    std::function<std::string(const std::string& address)> settings{};
    std::function<void(Stage&)> prepare{};
    std::vector<StreamFacts> streams{};
    std::vector<Example> commands{};
    // A line for each thing that a command may leave there, without ids and times; equal lines stand for equal effects.
    std::function<std::vector<std::string>(Stage&)> holds{};
    // Everything that the remote holds, as JSON, for a look whether a text has arrived.
    std::function<std::string(Stage&)> state{};
    // A command that brings `amount` in `currency`, to a connection that takes it.
    std::function<events::Command(Stage&, const std::string& currency, const std::string& amount)> money{};
    // What a new process does before its first command.
    std::function<void(Stage&)> begin{};
    std::vector<std::string> secrets{};  // what may stand in no line of a log, in any form
    std::set<std::string> empty_answers{};  // bodies that say: there is nothing
    std::set<int> auth_is_not{};  // of 401 and 403: what this system does not say for a bad key
    std::vector<Waiver> waivers{};
};

// PrintTo of a case would print functions.
inline void PrintTo(const ContractCase& contract, std::ostream* out) { *out << contract.name; }

}  // namespace shopwire::conformance
