// "Where is order 1234?"  From records to a timeline and one sentence.  Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "services/cli/story.h"

namespace shopwire::cli {

struct OrderRef {
    std::string merchant{};
    std::string connection{};  // where it was placed
    std::string native_id{};
    std::string number{};  // as people know it

    std::string record_key() const;   // of its events, results and link
    std::string command_key() const;  // inside commands about it
};

// What a person knows: the number or the id, and perhaps the shop.
struct OrderQuestion {
    std::string merchant{};
    std::string connection{};  // empty: any
    std::string wanted{};
    bool by_id = false;  // it is no number
};

// The order that an event or a link is about, when it may be the one that is asked for.
std::optional<OrderRef> order_in(const kafka::Record& record, const OrderQuestion& question);
// Of what may be meant: what bears the number, else what has the id.  Several: nobody but the person knows.
std::vector<OrderRef> nearest(const std::map<std::string, OrderRef>& matches, const OrderQuestion& question);
// One line, with the command that means this order and no other.
std::string exact_name(const OrderRef& order);

bool is_about(const OrderRef& order, const kafka::Record& record);
// The numbers that its documents have at their targets, as far as these records tell.
std::set<std::string> external_numbers(const OrderRef& order, const std::vector<kafka::Record>& records);
// A document or a parcel that bears one of these numbers.
bool bears(const std::set<std::string>& numbers, const kafka::Record& record);

// `records` are about this order; of compacted topics the newest of each key.
Story order_story(const OrderRef& order, const std::vector<kafka::Record>& records, Personal personal,
                  std::int64_t now_ms);

}  // namespace shopwire::cli
