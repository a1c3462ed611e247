// Asks the admin ports of the services.  One thread.
#pragma once

#include <chrono>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "common/http/transport.h"
#include "services/cli/reach.h"

namespace shopwire::cli {

constexpr std::chrono::milliseconds kAnswerTimeout{10'000};

class AdminClient {
 public:
    explicit AdminClient(std::unique_ptr<http::Transport> transport) : transport_(std::move(transport)) {}
    static AdminClient over_network();

    // The answer of a 2xx; kRejected: the port refused, with its words; kTransient: not now, or no answer.  `body`
    // empty: a GET.
    Result<nlohmann::json> ask(const AdminPort& port, std::string_view path, const std::string& body = {},
                               std::chrono::milliseconds timeout = kAnswerTimeout);
    // What is parked at a connector, of one connection.
    Result<nlohmann::json> ask_parked(const AdminPort& port, const std::string& connection);

    // The answer of the port that took it.  `what` is for the message when none did; kTransient: none refused
    // for good, so one may take it soon.
    Result<nlohmann::json> tell_one(const std::vector<AdminPort>& ports, std::string_view path,
                                    const nlohmann::json& body, const std::string& what);

 private:
    Result<nlohmann::json> send(const AdminPort& port, http::Request request);

    std::unique_ptr<http::Transport> transport_;
};

}  // namespace shopwire::cli
