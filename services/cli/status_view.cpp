#include "services/cli/status_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

std::string text_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_at(const Json& object, const char* name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

// The objects of a list that may be absent.
std::vector<Json> list_at(const Json& object, const char* name) {
    std::vector<Json> out;
    if (!object.is_object()) return out;
    const auto found = object.find(name);
    if (found == object.end() || !found->is_array()) return out;
    for (const Json& item : *found) out.push_back(item);
    return out;
}

StreamRow stream_of(const Json& item) {
    const Json pass = item.value("pass", Json::object());
    const Json inherited = item.value("inherited", Json::object());
    return {.stream = text_at(item, "stream"),
            .last_success_ms = number_at(item, "last_success_ms"),
            .error = without_contacts(text_at(item, "last_error")),
            .due_ms = number_at(item, "due_ms"),
            .run = text_at(item, "run"),
            .asked = number_at(item, "asked"),
            .served = number_at(item, "served"),
            .failure = without_contacts(text_at(item, "failure")),
            .under_way = item.value("under_way", false),
            .inherited_run = text_at(inherited, "run"),
            .inherited = number_at(inherited, "ticket"),
            .done = number_at(pass, "done"),
            .expected = number_at(pass, "expected"),
            .about = pass.value("about", false),
            .per_second = pass.value("per_second", 0.0),
            .left_ms = pass.contains("left_ms") ? number_at(pass, "left_ms") : -1};
}

ConnectionRow& row_of(StatusView& view, const std::string& connection) {
    const auto found = std::ranges::find(view.connections, connection, &ConnectionRow::connection);
    if (found != view.connections.end()) return *found;
    view.connections.push_back({.connection = connection});
    return view.connections.back();
}

std::string syncs_of(const ConnectionRow& row, std::int64_t now_ms) {
    std::string out;
    for (const StreamRow& stream : row.streams)
        out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", stream.stream,
                           ago_text(stream.last_success_ms, now_ms), stream.error.empty() ? "" : " (failing)");
    return out.empty() ? "-" : out;
}

std::string trouble_of(const ConnectionRow& row) {
    if (!row.stopped.empty()) return row.stopped;
    // The last error stays known when all is well again.
    if (!row.last_error.empty() && row.parked + row.in_hand > 0) return row.last_error;
    for (const StreamRow& stream : row.streams)
        if (!stream.error.empty()) return stream.stream + ": " + stream.error;
    return {};
}

nlohmann::ordered_json json_of(const StreamRow& stream) {
    nlohmann::ordered_json out{{"stream", stream.stream},
                               {"last_success_ms", stream.last_success_ms},
                               {"last_error", stream.error},
                               {"due_ms", stream.due_ms},
                               {"under_way", stream.under_way}};
    if (stream.under_way)
        out["pass"] = {{"done", stream.done},
                       {"expected", stream.expected},
                       {"about", stream.about},
                       {"per_second", stream.per_second},
                       {"left_ms", stream.left_ms}};
    return out;
}

}  // namespace

std::string progress_text(const StreamRow& stream) {
    std::string out = std::to_string(stream.done);
    if (stream.expected > 0)
        out += fmt::format(" of {}{} rows ({} %)", stream.about ? "about " : "", stream.expected,
                           stream.done * 100 / stream.expected);
    else
        out += stream.done == 1 ? " row" : " rows";
    if (stream.per_second > 0)
        out += fmt::format(", {:.{}f} a second", stream.per_second, stream.per_second < 10 ? 1 : 0);
    if (stream.left_ms >= 0) out += ", " + span_text(stream.left_ms) + " left";
    return out;
}

bool StatusView::good() const {
    return problems.empty() &&
           std::ranges::all_of(connections, [](const ConnectionRow& row) { return row.stopped.empty(); });
}

void add_status(StatusView& view, const Json& status) {
    const std::string system = text_at(status, "system");
    for (const Json& item : list_at(status, "connections")) {
        ConnectionRow& row = row_of(view, text_at(item, "connection"));
        row.system = system;
        if (row.stopped.empty()) row.stopped = text_at(item, "stopped");
    }
    for (const Json& item : list_at(status, "targets")) {
        ConnectionRow& row = row_of(view, text_at(item, "connection"));
        row.system = system;
        if (row.stopped.empty()) row.stopped = text_at(item, "stopped");
        row.in_hand += number_at(item, "in_hand");
        row.in_flight += number_at(item, "in_flight");
        row.parked += number_at(item, "parked");
        row.last_error = without_contacts(text_at(item, "last_error"));
    }
    for (const Json& item : list_at(status, "streams")) {
        row_of(view, text_at(item, "connection")).streams.push_back(stream_of(item));
    }
    for (const Json& problem : list_at(status, "problems"))
        if (problem.is_string()) view.problems.push_back(problem.get<std::string>());
    std::ranges::sort(view.connections, {}, &ConnectionRow::connection);
}

void print(const StatusView& view, std::int64_t now_ms, std::ostream& out) {
    Table table({"CONNECTION", "SYSTEM", "STATE", "IN HAND", "IN FLIGHT", "PARKED", "LAST SYNC", "TROUBLE"});
    for (const ConnectionRow& row : view.connections)
        table.add({row.connection, row.system, row.stopped.empty() ? "up" : "stopped", std::to_string(row.in_hand),
                   std::to_string(row.in_flight), std::to_string(row.parked), syncs_of(row, now_ms), trouble_of(row)});
    table.print(out);
    Table readings({"READING", "STREAM", "SO FAR"});
    for (const ConnectionRow& row : view.connections)
        for (const StreamRow& stream : row.streams)
            if (stream.under_way) readings.add({row.connection, stream.stream, progress_text(stream)});
    if (!readings.empty()) out << '\n';
    if (!readings.empty()) readings.print(out);
    if (view.waiting_orders >= 0)
        out << "\nrouter: " << view.waiting_orders << " orders wait for a person, " << view.overdue_reservations
            << " reservations are overdue\n";
    if (!view.lags.empty()) {
        out << '\n';
        Table lags({"GROUP", "TOPIC", "UNREAD", "OLDEST"});
        for (const LagRow& lag : view.lags)
            lags.add({lag.group, lag.topic, std::to_string(lag.records),
                      lag.oldest_ms == 0 ? "-" : span_text(now_ms - lag.oldest_ms)});
        lags.print(out);
    }
    if (!view.problems.empty()) out << '\n';
    for (const std::string& problem : view.problems) out << "problem: " << one_line(problem) << '\n';
}

void print_json(const StatusView& view, std::ostream& out) {
    nlohmann::ordered_json all{{"good", view.good()}, {"connections", Json::array()}};
    for (const ConnectionRow& row : view.connections) {
        nlohmann::ordered_json streams = Json::array();
        for (const StreamRow& stream : row.streams) streams.push_back(json_of(stream));
        all["connections"].push_back({{"connection", row.connection},
                                      {"system", row.system},
                                      {"up", row.stopped.empty()},
                                      {"stopped", row.stopped},
                                      {"in_hand", row.in_hand},
                                      {"in_flight", row.in_flight},
                                      {"parked", row.parked},
                                      {"last_error", row.last_error},
                                      {"streams", streams}});
    }
    if (view.waiting_orders >= 0)
        all["router"] = {{"waiting_orders", view.waiting_orders}, {"overdue_reservations", view.overdue_reservations}};
    all["lag"] = Json::array();
    for (const LagRow& lag : view.lags)
        all["lag"].push_back(
            {{"group", lag.group}, {"topic", lag.topic}, {"records", lag.records}, {"oldest_ms", lag.oldest_ms}});
    all["problems"] = view.problems;
    out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace shopwire::cli
