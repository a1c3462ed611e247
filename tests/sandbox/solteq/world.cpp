#include "tests/sandbox/solteq/world.h"

#include "tests/sandbox/kit/encoding.h"

#include <chrono>

namespace sandbox::solteq {
namespace {

constexpr const char* kStamp = "2026-11-01T06:00:00Z";

Json product(const char* id, const char* type, const char* model, const char* sku, const char* category, double price) {
    return {{"id", id},
            {"type", type},
            {"modelNumber", model},
            {"code", sku},
            {"sku", sku},
            {"gtins", Json::array()},
            {"name", sku},
            {"categoryIds", {category}},
            {"supplierId", "sup-3"},
            {"attributes", Json::object()},
            {"vatRate", 25.5},
            {"salesPrice", price},
            {"purchasePrice", 11.2},
            {"discountedPrice", nullptr},
            {"currency", "EUR"},
            {"baseUnit", "pcs"},
            {"isActive", true},
            {"modifiedAt", kStamp},
            {"description", "<p>Text of the ERP</p>"},
            {"imageUrl", "https://img.example/1.jpg"}};
}

std::map<std::string, Json> first_customers() {
    return {{"c-1",
             {{"id", "c-1"},
              {"customerType", "company"},
              {"companyName", "Esimerkki Oy"},
              {"taxCode", "FI12345671"},
              {"firstName", nullptr},
              {"lastName", nullptr},
              {"email", "osto@esimerkki.example"},
              {"phone", "+358401234567"},
              {"addresses",
               {{{"kind", "billing"},
                 {"street", "Katu 1"},
                 {"postalCode", "00100"},
                 {"city", "Helsinki"},
                 {"country", "FI"}}}},
              {"customerGroups", {{{"externalId", "STAFF"}, {"name", "Staff"}}}},
              {"identifiers", {{{"type", "CustomerCard"}, {"value", "990001"}}}},
              {"creditAllowed", false},
              {"marketingPermissions", {{"email", true}, {"mobile", false}}},
              {"externalId", nullptr},
              {"modifiedAt", kStamp}}},
            {"c-2",
             {{"id", "c-2"},
              {"customerType", "private"},
              {"companyName", nullptr},
              {"taxCode", nullptr},
              {"firstName", "Maija"},
              {"lastName", "Mallikas"},
              {"email", "Maija@Example.test"},
              {"phone", "040 765 4321"},
              {"addresses", Json::array()},
              {"customerGroups", Json::array()},
              {"identifiers", Json::array()},
              {"creditAllowed", false},
              {"marketingPermissions", {{"email", false}, {"mobile", false}}},
              {"externalId", nullptr},
              {"modifiedAt", kStamp}}}};
}

std::int64_t last_sunday_1am(int year, unsigned month) {
    const std::chrono::sys_days day =
        std::chrono::year{year} / std::chrono::month{month} / std::chrono::Sunday[std::chrono::last];
    return (day.time_since_epoch() + std::chrono::hours{1}) / std::chrono::seconds{1};
}

}  // namespace

World::World() { reset(); }

void World::reset() {
    settings = {};
    scopes = {"administration-api", "catalog-api", "stock-api", "customer-api", "order-api"};
    bearer_used.clear();
    orders.clear();
    order_times_us.clear();
    log.clear();
    last_id = 1000;
    stores = {{"store-1", {{"id", "store-1"}, {"name", "Helsinki"}, {"defaultStockId", "stock-1"}}},
              {"store-2", {{"id", "store-2"}, {"name", "Turku"}, {"defaultStockId", "stock-2"}}}};
    categories = {{"cat-1", {{"id", "cat-1"}, {"parentId", nullptr}, {"name", "Clothes"}}},
                  {"cat-12", {{"id", "cat-12"}, {"parentId", "cat-1"}, {"name", "Shirts"}}},
                  {"cat-20", {{"id", "cat-20"}, {"parentId", nullptr}, {"name", "Kitchen"}}}};
    products.clear();
    for (Json row :
         {product("p-1", "variant", "TS-2041", "TS-2041-BLK-M", "cat-12", 29.9),
          product("p-2", "variant", "TS-2041", "TS-2041-BLK-L", "cat-12", 29.9),
          product("p-3", "basic", "", "K-100", "cat-20", 12.5), product("p-4", "giftCard", "", "GC-50", "cat-20", 50.0),
          product("p-5", "serviceProduct", "", "SHIPPING", "cat-20", 0.0),
          product("p-6", "serviceProduct", "", "FEE", "cat-20", 0.0),
          product("p-7", "serviceProduct", "", "REFUND", "cat-20", 0.0)}) {
        if (row["type"] == "variant") {
            row["attributes"] = {{"color", "Black"}, {"size", row["sku"].get<std::string>().substr(12)}};
            row["replacementStockId"] = "stock-3";
        }
        products[text_of(row, "id")] = row;
    }
    products["p-1"]["gtins"] = {"06412345678907"};
    products["p-3"]["gtins"] = {"6412345678914"};
    const auto balance = [this](const char* sku, const char* stock, int free, int reserved) {
        balances[{sku, stock}] = {kit::Decimal::whole(free), kit::Decimal::whole(reserved), kStamp};
    };
    balances.clear();
    balance("TS-2041-BLK-M", "stock-1", 14, 2);
    balance("TS-2041-BLK-M", "stock-2", 3, 0);
    balance("TS-2041-BLK-M", "stock-3", 40, 0);
    balance("TS-2041-BLK-L", "stock-1", -2, 0);
    balance("K-100", "stock-1", 5, 1);
    balance("K-100", "stock-2", 7, 0);
    discounts.clear();
    customers = first_customers();
}

std::string World::next_id(const char* prefix) { return prefix + std::to_string(++last_id); }

void World::note(const char* kind, Json entry) {
    constexpr std::size_t kLogMax = 100'000;
    entry["kind"] = kind;
    entry["sequence"] = log.size() + 1;
    if (log.size() < kLogMax) log.push_back(std::move(entry));
}

const Json* World::product_by_sku(std::string_view sku) const {
    for (const auto& [id, row] : products) {
        if (text_of(row, "sku") == sku) return &row;
    }
    return nullptr;
}

const Json* World::order_by_external_id(std::string_view external_id) const {
    for (const Json& order : orders) {
        if (text_of(order, "externalId") == external_id) return &order;
    }
    return nullptr;
}

std::vector<Json> World::balance_rows() const {
    std::vector<Json> rows;
    for (const auto& [key, quantity] : balances) {
        const auto& [sku, stock] = key;
        const Json* row = product_by_sku(sku);
        for (const auto& [id, store] : stores) {
            const bool its_own = text_of(store, "defaultStockId") == stock;
            const bool shared = row != nullptr && text_of(*row, "replacementStockId") == stock;
            if (!its_own && !shared) continue;
            rows.push_back({{"sku", sku},
                            {"storeId", id},
                            {"storeName", store["name"]},
                            {"stockId", stock},
                            {"freeBalance", quantity.free.as_json_number()},
                            {"reservedBalance", quantity.reserved.as_json_number()},
                            {"unit", "pcs"},
                            {"modifiedAt", quantity.modified_at}});
            if (!its_own && !settings.replacement_in_each_store) break;
        }
    }
    return rows;
}

void World::move_stock(const std::string& store, const Json& row, kit::Decimal quantity) {
    if (text_of(row, "type") == "serviceProduct") return;
    const std::string sku = text_of(row, "sku");
    std::string stock = text_of(stores[store], "defaultStockId");
    const std::string replacement = text_of(row, "replacementStockId");
    if (!replacement.empty() && !quantity.is_negative() && balances[{sku, stock}].free < quantity) stock = replacement;
    Quantity& held = balances[{sku, stock}];
    held.free = held.free - quantity;
    held.modified_at = utc_now();
    note("stock_moved", {{"sku", sku}, {"stockId", stock}, {"free", held.free.text()}});
}

std::optional<kit::Decimal> decimal_of(const Json& value) {
    if (value.is_number()) return kit::Decimal::parse(value.dump());
    if (value.is_string()) return kit::Decimal::parse(value.get<std::string>());
    return std::nullopt;
}

std::string text_of(const Json& row, const char* name) {
    const auto found = row.find(name);
    return found == row.end() || !found->is_string() ? std::string{} : found->get<std::string>();
}

std::string utc_now() { return kit::iso_seconds(kit::now_seconds()) + "Z"; }

std::int64_t offset_seconds(std::string_view zone, std::int64_t utc_seconds) {
    constexpr std::int64_t kHour = 3600;
    const std::int64_t winter = zone == "Europe/Helsinki" ? 2 * kHour : zone == "Europe/Stockholm" ? kHour : -1;
    if (winter < 0) return 0;
    const std::chrono::sys_days day{std::chrono::days{utc_seconds / (24 * kHour)}};
    const int year = static_cast<int>(std::chrono::year_month_day{day}.year());
    const bool summer = utc_seconds >= last_sunday_1am(year, 3) && utc_seconds < last_sunday_1am(year, 10);
    return winter + (summer ? kHour : 0);
}

std::int64_t utc_of_local(std::string_view zone, std::string_view local) {
    const auto parsed = kit::parse_time(local);
    if (!parsed) return 0;
    const std::int64_t guess = parsed->seconds - offset_seconds(zone, parsed->seconds);
    return parsed->seconds - offset_seconds(zone, guess);
}

}  // namespace sandbox::solteq
