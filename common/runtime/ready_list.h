// The units of one kind of command that may be sent now.  A value; no thread rule of its own.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace shopwire::runtime {

class ReadyList {
 public:
    bool empty() const { return by_name_.empty(); }
    std::size_t size() const { return by_name_.size(); }

    // One that is there already keeps its place.
    void add(const std::string& unit) {
        if (by_name_.try_emplace(unit, next_).second) by_age_.emplace(next_++, unit);
    }

    // REQUIRES: not empty.
    std::string take_oldest() { return take(by_name_.find(by_age_.begin()->second)); }

    // Goes round by name, so each one's turn comes.  What belongs together is mostly named alike ("TS-2041-RED-M",
    // "TS-2041-RED-L"), and a system that takes such things together, as a product with its variations, then needs
    // fewer requests.  REQUIRES: not empty.
    std::string take_next() {
        const auto next = by_name_.upper_bound(last_);
        last_ = next != by_name_.end() ? next->first : by_name_.begin()->first;
        return take(by_name_.find(last_));
    }

 private:
    using ByName = std::map<std::string, std::uint64_t>;

    std::string take(ByName::iterator one) {
        by_age_.erase(one->second);
        return std::move(by_name_.extract(one).key());
    }

    ByName by_name_{};
    std::map<std::uint64_t, std::string> by_age_{};
    std::uint64_t next_ = 0;
    std::string last_{};
};

}  // namespace shopwire::runtime
