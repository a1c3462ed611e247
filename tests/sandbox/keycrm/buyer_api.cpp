// Buyers (contract keycrm A3.7).
#include "tests/sandbox/keycrm/api.h"
#include "tests/sandbox/keycrm/render.h"

namespace sandbox::keycrm {
namespace {

using kit::PathValues;
using kit::Request;
using kit::Response;

std::vector<std::string> texts_of(const Json& body, const char* name) {
    std::vector<std::string> out;
    for (const Json& one : body.value(name, Json::array()))
        if (one.is_string()) out.push_back(one.get<std::string>());
    return out;
}

bool any_admitted(Filters& filters, const std::string& name, const std::vector<std::string>& values) {
    if (filters.text(name) == nullptr) return true;
    for (const std::string& value : values)
        if (filters.admits(name, value)) return true;
    return false;
}

Response list_buyers(Crm& crm, const Request& request) {
    const Includes includes = includes_of(request, {"manager", "shipping", "company", "loyalty", "custom_fields"});
    if (includes.problem) return *includes.problem;
    Filters filters(request);
    std::vector<Json> rows;
    for (const auto& [id, buyer] : crm.buyers) {
        const bool fits = filters.admits("buyer_id", std::to_string(id)) &&
                          any_admitted(filters, "buyer_phone", buyer.phones) &&
                          any_admitted(filters, "buyer_email", buyer.emails) &&
                          filters.admits_time("created_between", buyer.created) &&
                          filters.admits_time("updated_between", buyer.updated);
        if (fits) rows.push_back(render(crm, buyer));
    }
    return page_of(request, crm, std::move(rows));
}

void fill(Buyer& buyer, const Json& body) {
    buyer.full_name = text_of(body, "full_name");
    if (body.contains("email")) buyer.emails = texts_of(body, "email");
    if (body.contains("phone")) buyer.phones = texts_of(body, "phone");
    for (const char* name : {"birthday", "note", "discount", "shipping"})
        if (body.contains(name)) buyer.fields[name] = body[name];
}

Id make_buyer(Crm& crm, const Json& body) {
    Buyer buyer{.id = crm.next_id(), .created = crm.now(), .updated = crm.now()};
    fill(buyer, body);
    crm.buyers[buyer.id] = buyer;
    return buyer.id;
}

Response write_buyer(Crm& crm, const Request& request, const PathValues& values) {
    const auto body = body_of(request);
    const bool makes = values.empty();
    Buyer* known = makes ? nullptr : crm.buyer(id_of(values[0]));
    if (!makes && known == nullptr) return problem(404, "Not found");
    if (!body || text_of(*body, "full_name").empty())
        return invalid({{"full_name", "The full name field is required."}});
    if (makes) return answer(201, render(crm, crm.buyers[make_buyer(crm, *body)]));
    fill(*known, *body);
    known->updated = crm.now();
    return answer(202, render(crm, *known));
}

}  // namespace

void add_buyer_routes(kit::Router& router, Crm& crm) {
    const auto write = [&crm](const Request& request, const PathValues& values) {
        return write_buyer(crm, request, values);
    };
    router.add("GET", "/v1/buyer",
               [&crm](const Request& request, const PathValues&) { return list_buyers(crm, request); });
    router.add("GET", "/v1/buyer/{id}", [&crm](const Request&, const PathValues& values) {
        const Buyer* buyer = crm.buyer(id_of(values[0]));
        return buyer == nullptr ? problem(404, "Not found") : answer(200, render(crm, *buyer));
    });
    router.add("POST", "/v1/buyer", write);
    router.add("PUT", "/v1/buyer/{id}", write);
    router.add("POST", "/v1/buyer/import", [&crm](const Request& request, const PathValues&) {
        const auto body = body_of(request);
        if (!body || !body->contains("buyers")) return answer(400, Json{{"status", false}});
        for (const Json& buyer : (*body)["buyers"]) make_buyer(crm, buyer);
        return answer(201, Json{{"status", true}});
    });
}

}  // namespace sandbox::keycrm
