#include "services/cli/leaving.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/core/ids.h"
#include "common/events/topics.h"
#include "services/cli/record_view.h"
#include "services/cli/text.h"

namespace shopwire::cli {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::milliseconds kLeaveTimeout{90'000};
constexpr std::int64_t kUnreadMax = 1'000;  // counted; more is only more of the same

// Every process of a system knows all its connections; the one that has the slot works on it.
std::optional<std::int32_t> slot_of(const Json& status, const std::string& id) {
    if (!status.is_object()) return std::nullopt;
    const Json slots = status.value("slots", Json::array());
    const Json connections = status.value("connections", Json::array());
    for (const Json& one : connections)
        if (one.value("connection", std::string()) == id && one.contains("slot") && one["slot"].is_number_integer() &&
            std::ranges::find(slots, one["slot"]) != slots.end())
            return one["slot"].get<std::int32_t>();
    return std::nullopt;
}

}  // namespace

kafka::Offsets read_to_of(const Json& status) {
    kafka::Offsets out;
    const Json rows = status.is_object() ? status.value("read_to", Json::array()) : Json::array();
    for (const Json& row : rows)
        out[{.topic = row.value("topic", ""), .number = row.value("partition", -1)}] =
            row.value("offset", std::int64_t{0});
    return out;
}

Result<Leaving> Leaving::find(const Reach& reach, AdminClient& client, TopicScan& scan, const ConnectionRef& ref) {
    std::string refusals;
    for (const AdminPort& port : reach.ports) {
        if (port.service == "router") continue;
        Leaving leaving(reach, client, scan, ref);
        leaving.port_ = port;
        const auto answer = client.ask(port, "/api/status");
        const std::optional<std::int32_t> slot = answer ? slot_of(*answer, ref.id()) : std::nullopt;
        if (slot) {
            leaving.slot_ = *slot;
            leaving.system_ = answer->value("system", std::string());
            return leaving;
        }
        refusals += (refusals.empty() ? "" : "; ") +
                    (answer ? port.service + ": it does not have it now" : answer.error().message);
    }
    return rejected("no service works on " + ref.id() + ": " +
                    (refusals.empty() ? "give --config or --admin" : refusals));
}

Result<ConnectionRow> Leaving::row() const {
    const auto answer = client_.ask(port_, "/api/status");
    if (!answer) return std::unexpected(answer.error());
    if (slot_of(*answer, ref_.id()) != slot_) return rejected(port_.service + ": it no longer has " + ref_.id());
    StatusView view;
    add_status(view, *answer);
    for (const ConnectionRow& row : view.connections)
        if (row.connection == ref_.id()) return row;
    return rejected(port_.service + " does not have " + ref_.id());
}

Result<std::vector<ParkedRow>> Leaving::parked() const {
    const auto answer = client_.ask_parked(port_, ref_.id());
    if (!answer) return std::unexpected(answer.error());
    std::vector<ParkedRow> rows = parked_rows(*answer, false, false);
    std::erase_if(rows,
                  [&](const ParkedRow& row) { return row.at != ref_.id(); });  // of a service that knows no filter
    return rows;
}

// What lies between where its service is and the end of its partitions.
Result<std::int64_t> Leaving::unread() const {
    const auto status = client_.ask(port_, "/api/status");
    if (!status) return std::unexpected(status.error());
    const kafka::Offsets read_to = read_to_of(*status);
    const std::vector<kafka::Partition> partitions =
        scan_.partitions_of(scan_.topics_under("shopwire.commands." + system_ + "."), slot_);
    const auto ends = scan_.ends(partitions);
    if (!ends) return std::unexpected(ends.error());
    std::int64_t count = 0;
    const auto each = [&](const kafka::Record& record) -> Status {
        const auto message = message_of(record);
        const auto* command = dynamic_cast<const events::Command*>(message.get());
        if (command == nullptr) return {};
        if (command->merchant() == ref_.merchant && command->connection() == ref_.connection) ++count;
        return count < kUnreadMax ? Status{} : rejected("enough");
    };
    for (const kafka::Partition& partition : partitions) {
        const auto known = read_to.find(partition);
        if (known == read_to.end()) return rejected(port_.service + ": it does not say how far it has read");
        const std::int64_t from = std::max(ends->at(partition).earliest, known->second);
        if (from >= ends->at(partition).end) continue;
        const auto read = scan_.reader().read(partition, from, ends->at(partition).end, each, kKafkaTimeout);
        if (count >= kUnreadMax) break;
        if (!read) return std::unexpected(read.error());
    }
    return count;
}

Result<Waiting> Leaving::look() const {
    const Result<std::int64_t> count = unread();
    if (!count) return std::unexpected(count.error());
    const Result<ConnectionRow> now = row();
    if (!now) return std::unexpected(now.error());
    const std::int64_t in_hands = std::max(now->in_hand, now->in_flight);
    return Waiting{.under_way = in_hands, .parked = now->parked, .unread = *count};
}

Status Leaving::tell(std::string_view path, const Json& body) const {
    const auto answer = client_.ask(port_, path, body.dump());
    return answer ? Status{} : std::unexpected(answer.error());
}

Result<std::vector<std::string>> Leaving::leave() const {
    const auto answer = client_.ask(port_, "/api/leave", Json{{"connection", ref_.id()}}.dump(), kLeaveTimeout);
    if (!answer) return std::unexpected(answer.error());
    std::vector<std::string> lines;
    for (const Json& line : answer->value("lines", Json::array())) lines.push_back(line.get<std::string>());
    return lines;
}

std::string left_as(const Result<ConnectionRow>& row) {
    if (!row) return "whether it runs is not known: " + row.error().message;
    if (!row->stopped.empty()) return "it is stopped (" + row->stopped + "): resume it, or try again";
    return "it runs on: correct what is parked, or give it up with --discard";
}

void StockShare::add(const StockShare& other) {
    placed.confirmed += other.placed.confirmed;
    placed.unconfirmed += other.placed.unconfirmed;
    owned.confirmed += other.owned.confirmed;
    owned.unconfirmed += other.owned.unconfirmed;
    is_shown = is_shown || other.is_shown;
}

StockShare share_of(const kafka::Record& record, const ConnectionRef& ref) {
    StockShare share;
    if (!record.key.starts_with("s/" + events::join_key({ref.merchant}) + "/")) return share;
    const auto message = message_of(record);
    const auto* ledger = dynamic_cast<const internal::v1::Ledger*>(message.get());
    if (ledger == nullptr) return share;
    share.is_shown = ledger->targets_size() > 0 &&
                     std::ranges::any_of(ledger->locations(), [&](const internal::v1::LedgerLocation& location) {
                         return location.connection() == ref.connection && !location.gone();
                     });
    const auto count = [](Share& part, const internal::v1::LedgerOrder& order) {
        ++(order.confirmed_at_ms() != 0 ? part.confirmed : part.unconfirmed);
    };
    for (const internal::v1::LedgerOrder& order : ledger->orders()) {
        if (order.released_at_ms() != 0 || events::from_proto(order.quantity()).is_zero()) continue;
        if (order.connection() == ref.connection) count(share.placed, order);
        if (order.owner() == ref.connection) count(share.owned, order);
    }
    return share;
}

std::vector<std::string> lines_of(const StockShare& share) {
    std::vector<std::string> lines;
    const auto are = [](std::int64_t count) { return count_text(count, "order line") + (count == 1 ? " is" : " are"); };
    if (share.is_shown)
        lines.emplace_back(
            "stock: shops show its numbers, and nobody reads them any more: name another owner in routing.stock, or "
            "set "
            "the stock in the shops by hand");
    const std::int64_t owned = share.owned.confirmed + share.owned.unconfirmed;
    if (owned > 0)
        lines.push_back(
            fmt::format("stock: {} subtracted from its numbers, and stay{} so: no reading of it comes any more",
                        are(owned), owned == 1 ? "s" : ""));
    if (share.owned.unconfirmed > 0)
        lines.push_back(
            fmt::format("orders: {} not confirmed by it: look there for the document of each such order, and make "
                        "or cancel it by hand (shopwire trace order)",
                        are(share.owned.unconfirmed)));
    if (share.placed.confirmed > 0)
        lines.push_back(fmt::format("stock: {} let go by the owner's next reading: keep its routes until then",
                                    are(share.placed.confirmed)));
    if (share.placed.unconfirmed > 0)
        lines.push_back(fmt::format(
            "orders: {} in no document of the owner yet, and taken from stock until the order is confirmed or "
            "cancelled: settle them before its routes go (shopwire trace order)",
            are(share.placed.unconfirmed)));
    return lines;
}

Result<StockShare> read_share(TopicScan& scan, const ConnectionRef& ref) {
    std::map<std::string, StockShare> newest;  // by article: the topic may hold older states
    const auto each = [&](const kafka::Record& record) { newest[record.key] = share_of(record, ref); };
    const auto read = scan.read(scan.partitions_of({events::router_state_topic("ledger")}), 0, each);
    if (!read) return std::unexpected(read.error());
    StockShare all;
    for (const auto& [key, share] : newest) all.add(share);
    return all;
}

}  // namespace shopwire::cli
