// A text that must not be printed: keys, passwords.  Streams as "***"; reveal() is easy to find in a review.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace shopwire {

class Secret {
 public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    const std::string& reveal() const { return value_; }
    bool empty() const { return value_.empty(); }
    friend std::ostream& operator<<(std::ostream& out, const Secret&) { return out << "***"; }

 private:
    std::string value_{};
};

// Compares in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view left, std::string_view right);

}  // namespace shopwire
