// What the services say of themselves, as tables.  Pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <ostream>
#include <string>
#include <vector>

namespace shopwire::cli {

struct StreamRow {
    std::string stream{};
    std::int64_t last_success_ms = 0;  // 0: never
    std::string error{};
    std::int64_t due_ms = 0;  // when it is read next
    // Readings that people asked for: how many, how many have ended, and how the last of them did.
    std::string run{};  // of the process that counts
    std::int64_t asked = 0;
    std::int64_t served = 0;
    std::string failure{};
    bool under_way = false;
    // Whom it is for, where another process took the wish.
    std::string inherited_run{};
    std::int64_t inherited = 0;
    std::int64_t done = 0;
    std::int64_t expected = 0;  // 0: nobody knows
    bool about = false;
    double per_second = 0;
    std::int64_t left_ms = -1;  // -1: nobody knows
};

struct ConnectionRow {
    std::string connection{};  // merchant/connection
    std::string system{};
    std::string stopped{};     // why; empty: it is up
    std::int64_t in_hand = 0;
    std::int64_t in_flight = 0;
    std::int64_t parked = 0;
    std::string last_error{};
    std::vector<StreamRow> streams{};
};

struct LagRow {
    std::string group{};
    std::string topic{};
    std::int64_t records = 0;
    std::int64_t oldest_ms = 0;  // when the first of them came; 0: none
};

struct StatusView {
    std::vector<ConnectionRow> connections{};
    std::vector<std::string> problems{};     // mistakes of the configuration, services without an answer
    std::int64_t waiting_orders = -1;        // at the router; -1: it was not asked
    std::int64_t overdue_reservations = -1;
    std::vector<LagRow> lags{};

    bool good() const;  // nothing is stopped, and every service answered
};

// "1200 of 5000 rows (24 %), 85 a second, 45 s left"; of a reading under way.
std::string progress_text(const StreamRow& stream);

// Adds what a connector's /api/status says.
void add_status(StatusView& view, const nlohmann::json& status);

void print(const StatusView& view, std::int64_t now_ms, std::ostream& out);
void print_json(const StatusView& view, std::ostream& out);

}  // namespace shopwire::cli
