// `shopwire parked|pause|resume|sync`: what a person tells the services.  One thread.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "services/cli/admin_client.h"
#include "services/cli/reach.h"

namespace shopwire::cli {

struct ParkedRow {
    std::string key{};
    std::string at{};  // connection
    std::string reason{};
    std::string kind{};
    std::int64_t since_ms = 0;
    std::int64_t attempts = 0;
    bool at_router = false;  // the target has never seen it: it is healed in the shop or by the routing
};

// What /api/parked of a connector says, and of the router.
std::vector<ParkedRow> parked_rows(const nlohmann::json& answer, bool router, bool personal);
void print(const std::vector<ParkedRow>& rows, std::int64_t now_ms, std::ostream& out);
void print_json(const std::vector<ParkedRow>& rows, std::ostream& out);

void add_parked_commands(CLI::App& app, int& exit_code);

}  // namespace shopwire::cli
