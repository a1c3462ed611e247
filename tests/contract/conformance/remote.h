// A simulated remote as a process of its own, and its control port.  One thread.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "common/http/client.h"
#include "common/json/value.h"

namespace shopwire::conformance {

// A program that prints {"http":..,"control":..} once it answers, and ends on SIGTERM.
struct Program {
    std::string path{};
    std::vector<std::string> arguments{};
};

class Remote {
 public:
    explicit Remote(const Program& program);
    ~Remote();
    Remote(const Remote&) = delete;
    Remote& operator=(const Remote&) = delete;

    const std::string& address() const { return address_; }
    // GET without a body, else POST.  Anything but 200 fails the test.
    std::string control(const std::string& call, const std::string& body = {});
    json::Document asked(const std::string& call, const std::string& body = {});
    // A request to the remote's own API, past the connector.
    std::string get(const std::string& path, const http::Headers& query, const http::Headers& headers);

 private:
    std::string ask(const http::Request& request);

    pid_t child_ = -1;
    std::string address_{};
    std::string control_{};
    std::unique_ptr<http::Transport> transport_ = http::curl_transport({});
};

}  // namespace shopwire::conformance
