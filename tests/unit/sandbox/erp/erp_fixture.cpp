#include "tests/unit/sandbox/erp/erp_fixture.h"

#include "tests/sandbox/kit/encoding.h"

namespace sandbox::erp {
namespace {

kit::Request request_of(const std::string& method, const std::string& target, const Json& body,
                        const std::string& authorization) {
    kit::Request request{.method = method, .path = {}, .raw_query = {}, .query = {}, .headers = {}, .body = {}};
    const std::size_t mark = std::min(target.find('?'), target.size());
    request.path = kit::url_decode(target.substr(0, mark), false);
    if (mark < target.size()) request.raw_query = target.substr(mark + 1);
    request.query = kit::parse_query(request.raw_query);
    request.headers = {{"Host", "erp.example:8080"}};
    if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    if (!body.is_null()) request.body = body.is_string() ? body.get<std::string>() : body.dump();
    return request;
}

Reply reply_of(const kit::Response& response) {
    return {.status = response.status, .text = response.body, .json = Json::parse(response.body, nullptr, false)};
}

}  // namespace

ErpTest::ErpTest() { add_erp_control_routes(control_router, world); }

Reply ErpTest::english(const std::string& method, const std::string& target, const Json& body,
                       const std::string& authorization) {
    return reply_of(english_api.handle(request_of(method, target, body, authorization)));
}

Reply ErpTest::serbian(const std::string& method, const std::string& target, const Json& body,
                       const std::string& authorization) {
    return reply_of(serbian_api.handle(request_of(method, target, body, authorization)));
}

Reply ErpTest::control(const std::string& method, const std::string& target, const Json& body) {
    return reply_of(control_router.route(request_of(method, target, body, "")));
}

void ErpTest::set(const std::string& setting, const Json& value) {
    ASSERT_EQ(control("POST", "/__sandbox/settings", Json{{setting, value}}).status, 200);
}

void ErpTest::fault(const std::string& kind, int times) {
    const Json rule{{"match", {{"channel", "answer"}}}, {"times", times}, {"fault", {{"kind", kind}}}};
    ASSERT_FALSE(faults.add(rule.dump()));
}

Reply ErpTest::post(const std::string& type, const std::string& external_number, double quantity) {
    return english("POST", "/api/documents/" + type + "?database=Shop2026",
                   {{"businessUnitId", 1},
                    {"externalNumber", external_number},
                    {"date", "2026-11-21"},
                    {"customerId", 881},
                    {"items", Json::array({{{"code", "A-100045"}, {"quantity", quantity}, {"unitPrice", 100.0}}})}});
}

Reply ErpTest::post_return(const std::string& external_number, const std::string& base_type, int base_id,
                           double quantity) {
    return english("POST", "/api/documents/return?database=Shop2026",
                   {{"businessUnitId", 1},
                    {"externalNumber", external_number},
                    {"date", "2026-11-25"},
                    {"customerId", 881},
                    {"items", Json::array({{{"baseDocumentType", base_type},
                                            {"baseDocumentId", base_id},
                                            {"code", "A-100045"},
                                            {"quantity", quantity},
                                            {"unitPrice", 100.0}}})}});
}

const UnitStock& ErpTest::stock(const std::string& code, int unit) {
    return world.database("Shop2026")->article_by_code(code)->units[static_cast<std::size_t>(unit - 1)];
}

std::string ErpTest::debt() { return world.database("Shop2026")->customer(881)->debt.text(2); }

}  // namespace sandbox::erp
