// Goal: what a real shop answered is read by what reads such answers.  Method: every capture is walked over: an answer
// by the resource of its path (capture_answers.h), an error by its kind, a delivery through the intake.  Only what is
// no answer is left out, by name, so that a new capture cannot be forgotten.
#include <gtest/gtest.h>

#include <algorithm>

#include "services/woocommerce/intake.h"
#include "tests/unit/services/woocommerce/capture_answers.h"

namespace shopwire::woocommerce {
namespace {

// Tables of observations, and what the shop says of its own routes.
bool is_excluded(const std::string& name) {
    return name.starts_with("measured-") || name.starts_with("routes-") || name.ends_with("-options-schema.json");
}

std::vector<std::string> all_captures() {
    std::vector<std::string> names;
    std::error_code ignored;  // an absent folder fails the count below
    for (const auto& file : std::filesystem::directory_iterator(kCaptures, ignored))
        if (file.path().extension() == ".json") names.push_back(file.path().filename().string());
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> covered() {
    std::vector<std::string> names = all_captures();
    std::erase_if(names, is_excluded);
    return names;
}

ErrorKind expected_kind(const std::string& name, int status, bool reads) {
    // The whole shop is away, or was asked at a wrong address: no record is at fault.
    static const std::set<std::string> kNoShop{"err-no-route-404.json", "err-method-not-on-route-404.json"};
    if (kNoShop.contains(name)) return ErrorKind::kTransient;
    if (status == 401) return ErrorKind::kAuth;
    if (status == 501 || status < 500) return ErrorKind::kRejected;
    return reads ? ErrorKind::kTransient : ErrorKind::kAmbiguous;
}

void expect_error(const std::string& name, json::Value request, json::Value response) {
    const std::string method(request.member("method").text());
    const int status = static_cast<int>(Decimal::parse(response.member("status").text())->floor());
    const http::Request sent{.method = method, .idempotent = method == "GET", .operation = "asking"};
    const Status classified = classify_answer(sent, {.status = status, .body = response.member("body").dump()});
    ASSERT_FALSE(classified);
    EXPECT_EQ(classified.error().kind, expected_kind(name, status, method == "GET")) << classified.error().message;
    const std::string_view code = response.member("body").member("code").text();
    EXPECT_NE(classified.error().message.find(code), std::string::npos) << classified.error().message;
    const std::string_view message = response.member("body").member("message").text();
    EXPECT_TRUE(message.empty() || classified.error().message.find(message) == std::string::npos);
}

// The first event of a delivery: of the topic's kind, and of the resource that the body names.
void expect_delivered(const std::string& topic, json::Value body, const events::Event& event) {
    const std::string_view id = body.member("id").text();
    EXPECT_FALSE(id.empty());
    const std::string resource = topic.substr(0, topic.find('.'));
    if (topic.ends_with(".deleted")) {
        EXPECT_EQ(event.deleted().native_id(), id);
        EXPECT_EQ(event.deleted().entity(), resource);
    } else if (resource == "order") {
        EXPECT_EQ(event.order().native_id(), id);
        EXPECT_EQ(event.order().status(), body.member("status").text());
        EXPECT_EQ(events::from_proto(event.order().total()), decimal_of(body.member("total")));
    } else if (resource == "product") {
        EXPECT_EQ(event.product().native_id(), id);
        EXPECT_EQ(event.product().sku(), body.member("sku").text());
    } else {
        EXPECT_EQ(event.customer().native_id(), id);
        EXPECT_EQ(event.customer().personal().clear().email(), body.member("email").text());
    }
}

void expect_delivery(const std::string& name, json::Value delivery) {
    http::ServerRequest request{.method = "POST", .body = std::string(delivery.member("body_raw").text())};
    const json::Value headers = delivery.member("headers");
    for (std::size_t i = 0; i < headers.size(); ++i)
        request.headers.emplace_back(headers.at(i).at(0).text(), headers.at(i).at(1).text());
    if (name == "webhook-delivery-of-deleted-resource.json")  // recorded with a secret that is lost
        for (auto& [key, value] : request.headers)
            if (key == "X-WC-Webhook-Signature") value = webhook_signature(request.body, Secret(kSecret));
    TestShop test;
    Intake intake(test.shop);
    const auto received = intake.receive(request);
    EXPECT_EQ(received.status, 200);
    const std::string_view kind = name == "webhook-delivery-ping.json"                  ? "ping"
                                  : name == "webhook-delivery-of-deleted-resource.json" ? "gone"
                                  : name.starts_with("webhook-delivery-action")         ? "ignored"
                                                                                        : "ok";
    EXPECT_EQ(received.kind, kind);
    ASSERT_EQ(received.changes.empty(), kind != "ok");
    EXPECT_TRUE(test.transport.requests().empty());
    if (kind != "ok") return;
    for (const runtime::Change& change : received.changes) ASSERT_TRUE(change.event) << change.event.error().message;
    expect_delivered(*http::find_header(request.headers, "X-WC-Webhook-Topic"), delivery.member("body"),
                     *received.changes.front().event);
}

class Capture : public ::testing::TestWithParam<std::string> {};

TEST_P(Capture, IsReadByWhatReadsSuchAnswers) {
    const std::string& name = GetParam();
    const json::Document document = capture(name);
    const json::Value root = document.root();
    if (root.has("delivery")) return expect_delivery(name, root.member("delivery"));
    const json::Value response = root.member("response");
    const std::string_view status = response.member("status").text();
    if (status.starts_with("2"))
        expect_answer({.name = name, .request = root.member("request"), .response = response});
    else
        expect_error(name, root.member("request"), response);
}

INSTANTIATE_TEST_SUITE_P(All, Capture, ::testing::ValuesIn(covered()), [](const auto& test) {
    std::string name = test.param.substr(0, test.param.size() - 5);
    std::ranges::replace_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

TEST(Captures, AreAllThereAndOnlyWhatIsNoAnswerIsLeftOut) {
    const std::vector<std::string> names = all_captures();
    EXPECT_EQ(names.size(), 255U);
    EXPECT_EQ(covered().size(), 241U);
    std::size_t excluded = 0;
    for (const std::string& name : names) {
        if (!is_excluded(name)) continue;
        ++excluded;
        const json::Document document = capture(name);
        const json::Value request = document.root().member("request");
        EXPECT_FALSE(document.root().has("delivery")) << name;
        EXPECT_TRUE(request.is_null() || request.member("method").text() == "OPTIONS") << name;
    }
    EXPECT_EQ(covered().size() + excluded, names.size());
}

}  // namespace
}  // namespace shopwire::woocommerce
