// jq programs: compiled once, run by any thread.  JSON text in, JSON text out, so that a number keeps the text it came
// with.
//
// A program sees its input and its named arguments and nothing else: no environment, no file, no further input, no
// clock. What it may give back is bounded; what it computes on the way is not, for programs come from the operator, not
// from a remote. Thread-safe: a jq state belongs to one thread at a time, so each Program lends states from a small
// pool.  Equal programs share one: many connections of one dialect cost as much as one.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"

namespace shopwire::dialect {

constexpr std::size_t kOutputsMax = 100'000;
constexpr std::size_t kOutputBytesMax = std::size_t{64} * 1024 * 1024;
constexpr std::size_t kIdleStatesMax = 8;  // compiled states kept per program; a busier moment compiles more, 1 ms each

class Program {
 public:
    // `names` are the variables that the program may use, without the dollar sign; `functions` are jq definitions put
    // before it, `then` is jq that its output goes through ("| tostring"). kRejected: "line 2, column 5: $since is not
    // defined".
    static Result<std::unique_ptr<Program>> compile(std::string_view source, std::vector<std::string> names,
                                                    std::string_view functions = {}, std::string_view then = {});
    ~Program();
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    // All outputs.  `arguments` are JSON texts in the order of the names; those that are missing are null.
    // kRejected with jq's words, without the values it quotes: they may be personal data.
    Result<std::vector<std::string>> run(std::string_view input, std::span<const std::string> arguments = {}) const;
    // The one output; none, or several, are an error.
    Result<std::string> run_one(std::string_view input, std::span<const std::string> arguments = {}) const;

 private:
    struct State;
    explicit Program(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;  // shared by all programs with this text
};

}  // namespace shopwire::dialect
