// shopwire connect URL: a shop's key without copying it by hand.
#pragma once

#include <functional>
#include <ostream>
#include <string>

#include "common/core/error.h"

namespace CLI {
class App;
}

namespace shopwire::cli {

struct ConnectOptions {
    std::string shop{};
    std::string merchant{};
    std::string connection{};
    std::string callback{};  // public https address of a proxy that passes on to `listen`
    std::string listen = "127.0.0.1:9190";
    std::string secrets = "secrets";  // folder
    std::string wait = "15m";
    bool json = false;
};

// Prints the link, waits for the key, and stores it.  `listening` gets link and port once the shop may post.
using Listening = std::function<void(const std::string& link, int port)>;
Status connect(const ConnectOptions& options, std::ostream& out, const Listening& listening = {});

void add_connect_command(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
