// Gives one request its answer, or what a fault, if it has a kind, makes of it. Stateless; called by the server's
// connection threads.
#pragma once

#include <functional>

#include "tests/sandbox/kit/connection.h"
#include "tests/sandbox/kit/faults.h"
#include "tests/sandbox/kit/http_message.h"

namespace sandbox::kit {

struct AnswerTools {
    std::function<Response(const Request&)> handler;
    // Sleeps; false when the server stops first.
    std::function<bool(int milliseconds)> sleep;
    // Runs the handler later, on another thread.
    std::function<void(Request request, int delay_ms)> apply_late;
};

struct Answered {
    int status = 0;  // 0 = nothing was answered
    bool keep_open = false;
};

Answered answer(Connection& connection, const Request& request, bool keep_alive, const Fault& fault,
                const AnswerTools& tools);
// The head with its empty line.
std::string head_of(const Response& response, bool keep_alive);

}  // namespace sandbox::kit
