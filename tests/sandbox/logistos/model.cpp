#include "tests/sandbox/logistos/model.h"

#include <algorithm>

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::logistos {
namespace {

// Ways a parcel goes; the last status is final.
std::vector<std::string> statuses_of(const std::string& route) {
    std::vector<std::string> way{"BOOKED", "NOT_PICKED", "PICKED_UP", "IN_TRANSIT"};
    const auto then = [&way](std::initializer_list<const char*> rest) {
        way.insert(way.end(), rest.begin(), rest.end());
    };
    if (route == "rto")
        then({"OUT_FOR_DELIVERY", "UNDELIVERED", "RTO_INITIATED", "RTO_DELIVERED"});
    else if (route == "lost")
        then({"LOST"});
    else if (route == "damaged")
        then({"DAMAGED"});
    else
        then({"OUT_FOR_DELIVERY", "DELIVERED"});
    return way;
}

}  // namespace

std::string normalized_store(const std::string& url) {
    std::string out = url;
    const auto scheme = out.find("://");
    const auto host = scheme == std::string::npos ? 0 : scheme + 3;
    const auto end = std::min(out.find('/', host), out.size());
    out = kit::lower(out.substr(0, end)) + out.substr(end);
    while (out.ends_with('/')) out.pop_back();
    return out;
}

void World::reset() {
    settings = {};
    stores.clear();
    orders.clear();
    shipments.clear();
    tokens.clear();
    clock_offset = 0;
    logins = 0;
    logins_refused = 0;
    next_order_ = 90'001;
    next_awb_ = 1'000'001;
}

std::int64_t World::now() const { return kit::now_seconds() + clock_offset; }

bool World::connect(const std::string& url, const std::string& key, const std::string& secret) {
    const std::string name = normalized_store(url);
    const auto found = stores.find(name);
    if (settings.require_registered && (found == stores.end() || !found->second.registered)) return false;
    Store& store = stores[name];
    store.url = url;
    store.consumer_key = key;
    store.consumer_secret = secret;
    store.connected = true;
    ++store.connects;
    return true;
}

TakenOrder World::take(const AskedOrder& asked) {
    const std::string store = normalized_store(asked.store);
    for (const std::string& member : asked.missing) {
        if (settings.strict || member == "store_url" || member == "shop" || member == "order_id" ||
            member == "reference")
            return {.what = Taken::kBad, .order = nullptr, .awb = {}, .problem = member};
    }
    const auto known = stores.find(store);
    if (known == stores.end() || !known->second.connected)
        return {.what = Taken::kUnknownStore, .order = nullptr, .awb = {}, .problem = {}};
    if (Order* before = order(store, asked.reference)) {
        ++before->posts;
        const bool changed = before->body != asked.body;
        const std::string& rule = changed ? settings.on_change : settings.on_repeat;
        if (rule == "update") before->body = asked.body;
        return {.what = rule == "conflict" ? Taken::kConflict
                        : rule == "update" ? Taken::kUpdated
                                           : Taken::kSame,
                .order = before,
                .awb = awb_of(before->id),
                .problem = {}};
    }
    if (orders.size() >= kOrdersMax) return {.what = Taken::kBad, .order = nullptr, .awb = {}, .problem = "room"};
    Order& order = orders[{store, asked.reference}];
    order = {.id = next_order_++,
             .store = store,
             .reference = asked.reference,
             .number = asked.number,
             .body = asked.body,
             .posts = 1,
             .cancelled = false};
    const std::string awb = settings.book_orders ? book(order, "delivered") : std::string();
    return {.what = Taken::kNew, .order = &order, .awb = awb, .problem = {}};
}

Order* World::order(const std::string& store, const std::string& reference) {
    const auto found = orders.find({normalized_store(store), reference});
    return found == orders.end() ? nullptr : &found->second;
}

Order* World::order(std::int64_t id) {
    const auto found = std::ranges::find_if(orders, [id](const auto& entry) { return entry.second.id == id; });
    return found == orders.end() ? nullptr : &found->second;
}

std::string World::awb_of(std::int64_t order) const {
    const auto found =
        std::ranges::find_if(shipments, [order](const auto& entry) { return entry.second.order == order; });
    return found == shipments.end() ? std::string() : found->first;
}

std::string World::book(Order& order, const std::string& route) {
    const std::string awb = "LG" + std::to_string(next_awb_++);
    Shipment& shipment = shipments[awb];
    shipment.awb = awb;
    shipment.order = order.id;
    shipment.carrier = "DemoExpress";
    std::int64_t at = now();
    for (const std::string& status : statuses_of(route)) {
        shipment.plan.push_back({.status = status, .at = at});
        at += settings.status_step_seconds;
    }
    shipment.history.push_back(shipment.plan.front());
    return awb;
}

void World::set_status(Shipment& shipment, const std::string& status) {
    shipment.clocked = false;
    shipment.history.push_back({.status = status, .at = now()});
}

bool World::cancel(Order& order) {
    if (order.cancelled) return false;
    order.cancelled = true;
    const std::string awb = awb_of(order.id);
    if (!awb.empty()) set_status(shipments.at(awb), "CANCELLED");
    return true;
}

void World::move_shipments() {
    const std::int64_t current = now();
    for (auto& [awb, shipment] : shipments) {
        while (shipment.clocked && shipment.history.size() < shipment.plan.size() &&
               shipment.plan[shipment.history.size()].at <= current)
            shipment.history.push_back(shipment.plan[shipment.history.size()]);
    }
}

}  // namespace sandbox::logistos
