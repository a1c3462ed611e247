// What an examination of one connection found.  Values; no thread rule.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shopwire::runtime {

// One matter, one line.  Never a secret.
struct Finding {
    enum class Grade : std::uint8_t { kOk, kUnknown, kWarning, kFault };
    std::string_view check{};  // of a closed set per system: "time zone"
    Grade grade = Grade::kOk;
    std::string what{};
    std::string remedy{};  // what a person does about it; empty: nothing
};

// The words of orders and prices, as far as a system tells them: what one side says, the tables of the other must know.
struct Terms {
    std::string currency{};
    std::optional<bool> prices_include_tax{};
    std::vector<std::string> statuses{};
    std::vector<std::string> payment_methods{};
    std::vector<std::string> tax_rates{};  // percent, in their shortest form
};

struct ExamineRequest {
    Terms seen{};        // of the orders that this connection gets
    bool brief = false;  // without what takes many requests, as a walk over all articles
};

struct Examination {
    std::vector<Finding> findings{};
    Terms terms{};  // of this system
};

std::string_view word_of(Finding::Grade grade);  // "ok", "unknown", "warning", "fault"

// As the admin port speaks them.  A member that is missing is empty.
std::string text_of(const Examination& examination);
Terms terms_in(std::string_view json);  // of the request's member "seen"; empty when it is not readable

}  // namespace shopwire::runtime
