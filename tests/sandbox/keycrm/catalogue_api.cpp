// Products, offers, stocks, custom fields, users (contract keycrm A2).
#include <algorithm>

#include "tests/sandbox/keycrm/api.h"
#include "tests/sandbox/keycrm/render.h"
#include "tests/sandbox/kit/encoding.h"

namespace sandbox::keycrm {
namespace {

using kit::PathValues;
using kit::Request;
using kit::Response;

constexpr std::size_t kStocksMax = 10'000;
constexpr std::size_t kImportMax = 100;

std::optional<Response> refused(const Crm& crm, const Filters& filters) {
    const auto unknown = filters.unknown();
    if (!unknown || !crm.switches.strict_filters) return std::nullopt;  // ignored, as the real one does
    return problem(400, "Requested filter(s) `" + *unknown + "` are not allowed.");
}

Response list_products(Crm& crm, const Request& request) {
    const Includes includes = includes_of(request, {"custom_fields"});
    if (includes.problem) return *includes.problem;
    Filters filters(request);
    std::vector<Json> rows;
    for (const auto& [id, product] : crm.products) {
        const bool fits = filters.admits("product_id", std::to_string(id)) &&
                          filters.admits("category_id", std::to_string(product.category_id.value_or(0))) &&
                          filters.admits("is_archived", product.archived ? "true" : "false");
        if (fits) rows.push_back(render(crm, product));
    }
    if (auto wrong = refused(crm, filters)) return *std::move(wrong);
    return page_of(request, crm, std::move(rows));
}

void fill(Product& product, const Json& body) {
    if (body.contains("name")) product.name = text_of(body, "name");
    if (body.contains("currency_code")) product.currency = text_of(body, "currency_code");
    if (body.contains("category_id") && body["category_id"].is_number()) product.category_id = body["category_id"];
    for (const char* name : {"description", "pictures", "unit_type", "weight", "length", "width", "height"})
        if (body.contains(name)) product.fields[name] = body[name];
}

void fill(Offer& offer, const Json& body) {
    if (body.contains("sku")) offer.sku = text_of(body, "sku");
    if (body.contains("price")) offer.price = decimal_of(body, "price");
    if (body.contains("purchased_price")) offer.purchased_price = decimal_of(body, "purchased_price");
    if (body.contains("properties")) offer.properties = body["properties"];
}

Id make_product(Crm& crm, const Json& body) {
    Product product{.id = crm.next_id(), .created = crm.now(), .updated = crm.now()};
    fill(product, body);
    Offer offer{.id = crm.next_id(), .product_id = product.id};  // a simple product has one offer too
    fill(offer, body);
    crm.offers[offer.id] = offer;
    crm.products[product.id] = product;
    return product.id;
}

Response create_product(Crm& crm, const Request& request) {
    const auto body = body_of(request);
    if (!body || text_of(*body, "name").empty()) return invalid({{"name", "The name field is required."}});
    return answer(201, render(crm, crm.products[make_product(crm, *body)]));
}

Response import_products(Crm& crm, const Request& request) {
    const auto body = body_of(request);
    if (!body || !body->contains("products") || (*body)["products"].size() > kImportMax)
        return invalid({{"products", "The products field is required."}});
    for (const Json& product : (*body)["products"]) make_product(crm, product);
    return answer(201, Json{{"status", true}});  // the ids are not told
}

Response update_product(Crm& crm, const Request& request, Id id) {
    Product* product = crm.product(id);
    const auto body = body_of(request);
    if (product == nullptr) return problem(404, "Not found");
    if (!body) return invalid({{"name", "The name must be a string."}});
    fill(*product, *body);
    product->updated = crm.now();
    for (auto& [offer_id, offer] : crm.offers)
        if (offer.product_id == id && !product->has_offers) fill(offer, *body);
    return answer(202, render(crm, *product));
}

Response add_offers(Crm& crm, const Request& request, Id id) {
    Product* product = crm.product(id);
    const auto body = body_of(request);
    if (product == nullptr || !body || !body->contains("offers")) return problem(400, "Offers were not added");
    if (!product->has_offers) std::erase_if(crm.offers, [&](const auto& one) { return one.second.product_id == id; });
    product->has_offers = true;
    for (const Json& row : (*body)["offers"]) {
        Offer offer{.id = crm.next_id(), .product_id = id};
        fill(offer, row);
        crm.offers[offer.id] = offer;
    }
    return answer(201, Json{{"status", true}});
}

Response list_offers(Crm& crm, const Request& request) {
    const Includes includes = includes_of(request, {"product"});
    if (includes.problem) return *includes.problem;
    Filters filters(request);
    std::vector<Json> rows;
    for (const auto& [id, offer] : crm.offers) {
        const bool fits = filters.admits("id", std::to_string(id)) &&
                          filters.admits("product_id", std::to_string(offer.product_id)) &&
                          filters.admits("sku", offer.sku) &&
                          filters.admits("is_archived", offer.archived ? "true" : "false");
        if (fits) rows.push_back(render(crm, offer, includes.names.contains("product")));
    }
    if (auto wrong = refused(crm, filters)) return *std::move(wrong);
    return page_of(request, crm, std::move(rows));
}

Offer* offer_of_row(Crm& crm, const Json& row) {
    if (row.contains("id") && row["id"].is_number_integer()) return crm.offer(row["id"].get<Id>());
    return crm.offer_by_sku(text_of(row, "sku"));
}

Response update_offers(Crm& crm, const Request& request) {
    const auto body = body_of(request);
    if (!body || !body->contains("offers")) return invalid({{"offers", "The offers field is required."}});
    for (const Json& row : (*body)["offers"])
        if (Offer* offer = offer_of_row(crm, row)) {
            if (row.contains("price")) offer->price = decimal_of(row, "price");
            if (row.contains("purchased_price")) offer->purchased_price = decimal_of(row, "purchased_price");
        }
    return answer(202, Json{{"status", true}});
}

// filter[warehouse_id] is ignored in silence, whatever strict_filters says (observed live).
Response list_stocks(Crm& crm, const Request& request) {
    Filters filters(request);
    const bool details = filters.is_true("details");
    (void)filters.text("warehouse_id");
    std::vector<Json> rows;
    for (const auto& [id, offer] : crm.offers) {
        const bool fits = filters.admits("offers_id", std::to_string(id)) && filters.admits("offers_sku", offer.sku);
        if (fits) rows.push_back(render_stock(crm, offer, details));
    }
    if (auto wrong = refused(crm, filters)) return *std::move(wrong);
    return page_of(request, crm, std::move(rows));
}

Response update_stocks(Crm& crm, const Request& request) {
    const auto body = body_of(request);
    std::vector<std::pair<std::string, std::string>> errors;
    if (!body || !body->contains("warehouse_id"))
        errors.emplace_back("warehouse_id", "The warehouse id field is required.");
    const Json stocks = body ? body->value("stocks", Json()) : Json();
    if (!stocks.is_array() || stocks.empty() || stocks.size() > kStocksMax)
        errors.emplace_back("stocks", "The stocks field is required.");
    const Id warehouse = body && body->contains("warehouse_id") ? (*body)["warehouse_id"].get<Id>() : 0;
    if (errors.empty() && std::ranges::find(crm.warehouses, warehouse, &Named::id) == crm.warehouses.end())
        errors.emplace_back("warehouse_id", "The selected warehouse id is invalid.");
    for (std::size_t i = 0; i < stocks.size(); ++i) {
        const std::string at = "stocks." + std::to_string(i);
        if (!stocks[i].contains("quantity")) errors.emplace_back(at + ".quantity", "The quantity field is required.");
        if (offer_of_row(crm, stocks[i]) == nullptr && crm.switches.unknown_sku == "422")
            errors.emplace_back(at + ".sku", "The selected sku is invalid.");
    }
    if (!errors.empty()) return invalid(errors);
    for (const Json& row : stocks) {
        const Offer* offer = offer_of_row(crm, row);
        if (offer == nullptr) continue;
        const auto change = [&crm, id = offer->id, warehouse, quantity = decimal_of(row, "quantity")] {
            if (Offer* found = crm.offer(id)) crm.set_quantity(*found, warehouse, quantity);
        };
        if (crm.switches.stock_lag_ms == 0)
            change();
        else
            crm.later(kit::now_micros() + std::int64_t{crm.switches.stock_lag_ms} * 1000, change);
    }
    return answer(202, Json{{"status", true}});
}

Response list_categories(Crm& crm, const Request& request) {
    std::vector<Json> rows;
    rows.reserve(crm.categories.size());
    for (const Named& one : crm.categories)
        rows.push_back({{"id", one.id}, {"name", one.name}, {"parent_id", nullptr}});
    return page_of(request, crm, std::move(rows));
}

}  // namespace

void add_catalogue_routes(kit::Router& router, Crm& crm) {
    const auto plain = [&](const char* method, const char* path, Response (*run)(Crm&, const Request&)) {
        router.add(method, path, [&crm, run](const Request& request, const PathValues&) { return run(crm, request); });
    };
    const auto of_id = [&](const char* method, const char* path, Response (*run)(Crm&, const Request&, Id)) {
        router.add(method, path, [&crm, run](const Request& request, const PathValues& values) {
            return run(crm, request, id_of(values[0]));
        });
    };
    plain("GET", "/v1/products", list_products);
    plain("POST", "/v1/products", create_product);
    plain("POST", "/v1/products/import", import_products);
    plain("GET", "/v1/products/categories", list_categories);
    of_id("GET", "/v1/products/{id}", [](Crm& account, const Request&, Id id) {
        const Product* product = account.product(id);
        return product == nullptr ? problem(404, "Not found") : answer(200, render(account, *product));
    });
    of_id("PUT", "/v1/products/{id}", update_product);
    of_id("POST", "/v1/products/{id}/offers", add_offers);
    plain("GET", "/v1/offers", list_offers);
    plain("PUT", "/v1/offers", update_offers);
    plain("GET", "/v1/offers/stocks", list_stocks);
    plain("PUT", "/v1/offers/stocks", update_stocks);
    plain("POST", "/v1/products/categories", [](Crm& account, const Request& request) {
        const auto body = body_of(request);
        if (!body || text_of(*body, "name").empty()) return invalid({{"name", "The name field is required."}});
        account.categories.push_back({account.next_id(), text_of(*body, "name"), ""});
        const Named& made = account.categories.back();
        return answer(201, Json{{"id", made.id}, {"name", made.name}, {"parent_id", nullptr}});
    });
    plain("GET", "/v1/custom-fields", [](Crm&, const Request&) {  // not a page: a bare list
        return answer(200, Json::array({{{"id", 1}, {"uuid", "OR_1008"}, {"name", "Shop"}, {"type", "text"}}}));
    });
    plain("GET", "/v1/users", [](Crm& account, const Request& request) {
        return page_of(request, account, {Json{{"id", 6}, {"full_name", "Manager"}, {"status", "active"}}});
    });
}

}  // namespace sandbox::keycrm
