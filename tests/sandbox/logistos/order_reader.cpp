#include "tests/sandbox/logistos/order_reader.h"

#include <nlohmann/json.hpp>

namespace sandbox::logistos {
namespace {

constexpr std::size_t kBatchMax = 500;

Json object_of(const Json& order, const char* member) {
    const auto found = order.find(member);
    return found != order.end() && found->is_object() ? *found : Json::object();
}

bool has_rows(const Json& order, const char* member) {
    const auto found = order.find(member);
    return found != order.end() && found->is_array() && !found->empty();
}

AskedOrder flat_order(const Json& order) {
    AskedOrder asked{.store = text_of(order, "store_url"),
                     .reference = text_of(order, "order_id"),
                     .number = text_of(order, "order_number"),
                     .missing = {},
                     .body = order.dump(-1, ' ', false, Json::error_handler_t::replace)};
    const auto want = [&asked](bool there, const char* member) {
        if (!there) asked.missing.emplace_back(member);
    };
    want(!asked.store.empty(), "store_url");
    want(!asked.reference.empty(), "order_id");
    want(!text_of(order, "total").empty(), "total");
    want(!text_of(object_of(order, "shipping"), "address_1").empty() ||
             !text_of(object_of(order, "billing"), "address_1").empty(),
         "shipping");
    want(has_rows(order, "items"), "items");
    return asked;
}

AskedOrder nested_order(const Json& order) {
    AskedOrder asked{.store = text_of(order, "shop"),
                     .reference = text_of(order, "reference"),
                     .number = text_of(order, "number"),
                     .missing = {},
                     .body = order.dump(-1, ' ', false, Json::error_handler_t::replace)};
    const auto want = [&asked](bool there, const char* member) {
        if (!there) asked.missing.emplace_back(member);
    };
    want(!asked.store.empty(), "shop");
    want(!asked.reference.empty(), "reference");
    want(!text_of(object_of(order, "money"), "grand").empty(), "money");
    want(has_rows(object_of(order, "consignee"), "lines") || has_rows(object_of(order, "buyer"), "lines"), "consignee");
    want(has_rows(order, "rows"), "rows");
    return asked;
}

}  // namespace

std::string text_of(const Json& object, const char* member) {
    const auto found = object.find(member);
    if (found == object.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    return found->is_number_integer() ? std::to_string(found->get<std::int64_t>()) : std::string();
}

std::optional<AskedOrders> read_orders(const std::string& body) {
    Json document = Json::parse(body, nullptr, false);
    if (document.is_object() && document.contains("orders")) document = Json(document.at("orders"));
    if (document.is_object()) document = Json::array({document});
    if (!document.is_array() || document.empty() || document.size() > kBatchMax) return std::nullopt;
    AskedOrders out;
    for (const Json& order : document) {
        if (!order.is_object()) return std::nullopt;
        const bool nested = order.contains("reference") || order.contains("shop");
        out.nested = out.nested || nested;
        out.orders.push_back(nested ? nested_order(order) : flat_order(order));
    }
    return out;
}

}  // namespace sandbox::logistos
