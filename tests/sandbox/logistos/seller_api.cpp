#include "tests/sandbox/logistos/seller_api.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "tests/sandbox/kit/encoding.h"
#include "tests/sandbox/logistos/order_reader.h"

namespace sandbox::logistos {
namespace {

kit::Response json(int status, const Json& body) { return kit::json_response(status, body.dump()); }

std::int64_t number_of(const kit::Request& request, const char* name, std::int64_t fallback) {
    const std::string* text = request.query_value(name);
    std::int64_t value = fallback;
    if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
    return value;
}

std::string iso(std::int64_t seconds) { return kit::iso_seconds(seconds) + "Z"; }

// The carrier's own words.
std::string words_of(const std::string& status) {
    std::string out = kit::lower(status);
    std::ranges::replace(out, '_', ' ');
    if (!out.empty()) out.front() = status.front();
    return out;
}

}  // namespace

void SellerApi::add_routes(kit::Router& router) {
    const auto guarded = [this](auto answer) {
        return [this, answer](const kit::Request& request, const kit::PathValues& values) {
            const std::scoped_lock lock(world_.mutex);
            world_.move_shipments();
            if (!signed_in(request)) return json(401, {{"detail", "Given token not valid for any token type"}});
            return answer(request, values);
        };
    };
    router.add("POST", "/seller/users/login/", [this](const kit::Request& request, const kit::PathValues&) {
        const std::scoped_lock lock(world_.mutex);
        return login(request);
    });
    router.add("GET", "/seller/users/get_my_details/", guarded([](const kit::Request&, const kit::PathValues&) {
                   return json(200, {{"client_poc", {{"id", 8}, {"client", {{"id", 7}}}}}});
               }));
    router.add("GET", "/seller/awb/track/{awb}/",
               guarded([this](const kit::Request&, const kit::PathValues& values) { return track(values[0]); }));
    router.add("GET", "/seller/shipments/",
               guarded([this](const kit::Request& request, const kit::PathValues&) { return flat_list(request); }));
    router.add("GET", "/seller/parcels/",
               guarded([this](const kit::Request& request, const kit::PathValues&) { return nested_list(request); }));
}

kit::Response SellerApi::login(const kit::Request& request) {
    const Json body = Json::parse(request.body, nullptr, false);
    if (!body.is_object() || text_of(body, "email") != email_ || text_of(body, "password") != password_) {
        ++world_.logins_refused;
        return json(401, {{"detail", "No active account found with the given credentials"}});
    }
    ++world_.logins;
    constexpr std::size_t kTokensMax = 1'000;
    if (world_.tokens.size() >= kTokensMax) world_.tokens.clear();
    const std::string token = kit::random_token(40);
    world_.tokens[token] = world_.now() + world_.settings.token_seconds;
    return json(200, {{"access", token}, {"refresh", kit::random_token(40)}});
}

bool SellerApi::signed_in(const kit::Request& request) const {
    const std::string* header = request.header("Authorization");
    if (header == nullptr || !header->starts_with("Bearer ")) return false;
    const auto token = world_.tokens.find(header->substr(7));
    return token != world_.tokens.end() && world_.now() < token->second;
}

const Order* SellerApi::order_of(const Shipment& shipment) const { return world_.order(shipment.order); }

kit::Response SellerApi::track(const std::string& number) const {
    auto found = world_.shipments.find(number);
    if (found == world_.shipments.end() && world_.settings.track_by_order)
        found = std::ranges::find_if(
            world_.shipments, [&number](const auto& entry) { return std::to_string(entry.second.order) == number; });
    if (found == world_.shipments.end()) return json(404, {{"detail", "Not found."}});
    const Shipment& shipment = found->second;
    Json history = Json::array();
    for (const Step& step : shipment.history)
        history.push_back(
            {{"status", step.status}, {"location", "Pune Hub"}, {"reason", ""}, {"added_at", iso(step.at)}});
    const std::string& status = shipment.history.back().status;
    return json(200, {{"id", shipment.order},
                      {"status", status},
                      {"status_dp", words_of(status)},
                      {"pickup_date_time", iso(shipment.history.front().at)},
                      {"from_city", "Pune"},
                      {"from_state", "MH"},
                      {"to_city", "Mumbai"},
                      {"to_state", "MH"},
                      {"delivery_partner_name", shipment.carrier},
                      {"mode_common_name", "surface"},
                      {"status_history", history}});
}

std::vector<const Shipment*> SellerApi::changed_since(std::int64_t since) const {
    std::vector<const Shipment*> rows;
    for (const auto& [awb, shipment] : world_.shipments)
        if (shipment.history.back().at >= since) rows.push_back(&shipment);
    std::ranges::sort(rows, {},
                      [](const Shipment* shipment) { return std::pair(shipment->history.back().at, shipment->awb); });
    return rows;
}

kit::Response SellerApi::flat_list(const kit::Request& request) const {
    const std::string* after = request.query_value("updated_after");
    const auto since = after != nullptr ? kit::parse_time(*after) : std::nullopt;
    const auto rows = changed_since(since ? since->seconds : 0);
    const auto size = static_cast<std::size_t>(std::clamp<std::int64_t>(number_of(request, "page_size", 100), 1, 500));
    const auto page = static_cast<std::size_t>(std::max<std::int64_t>(number_of(request, "page", 1), 1));
    Json results = Json::array();
    for (std::size_t i = (page - 1) * size; i < std::min(rows.size(), page * size); ++i) {
        const Order* order = order_of(*rows[i]);
        if (order == nullptr) continue;
        results.push_back({{"id", order->id},
                           {"awb", rows[i]->awb},
                           {"store_url", order->store},
                           {"order_id", order->reference},
                           {"order_number", order->number},
                           {"status", rows[i]->history.back().status},
                           {"updated_at", iso(rows[i]->history.back().at)}});
    }
    return json(200, {{"count", rows.size()}, {"results", results}});
}

kit::Response SellerApi::nested_list(const kit::Request& request) const {
    const auto rows = changed_since(number_of(request, "since", 0));
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(number_of(request, "limit", 100), 1, 500));
    const auto offset = static_cast<std::size_t>(std::max<std::int64_t>(number_of(request, "offset", 0), 0));
    Json out = Json::array();
    for (std::size_t i = offset; i < std::min(rows.size(), offset + limit); ++i) {
        const Order* order = order_of(*rows[i]);
        if (order == nullptr) continue;
        out.push_back({{"number", rows[i]->awb},
                       {"shop", order->store},
                       {"reference", order->reference},
                       {"order", order->number},
                       {"state", rows[i]->history.back().status},
                       {"at", rows[i]->history.back().at}});
    }
    return json(200, {{"total", rows.size()}, {"rows", out}});
}

}  // namespace sandbox::logistos
