// Goal: the room against a program that speaks the wire on its own: mistakes that both our dialects and our tests share
// show here.
#include "common/runtime/media.h"
#include "tests/unit/services/sors/sandbox_rig.h"

namespace shopwire::sors {
namespace {

INSTANTIATE_TEST_SUITE_P(Dialect, SandboxOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

TEST_P(SandboxOf, TakesAnOrderOnceAndReservesItsPieces) {
    const Status usable = connector_.probe({});
    ASSERT_TRUE(usable) << usable.error().message;
    const auto before = free_stock();
    ASSERT_TRUE(before) << before.error().message;
    const Result<runtime::Applied> first = apply(export_command());
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ("", first->result.error());
    EXPECT_EQ(dec("3500"), events::from_proto(first->result.document().total()));
    const Result<runtime::Applied> again = apply(export_command());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_TRUE(again->result.document().found());
    EXPECT_EQ(first->result.native_id(), again->result.native_id());
    const auto after = free_stock();
    ASSERT_TRUE(after) << after.error().message;
    EXPECT_EQ(dec("3"), before->at("A-100045") - after->at("A-100045"));

    const Result<runtime::Applied> cancelled =
        apply(cancel_command(events::v1::DOCUMENT_TYPE_RESERVATION, first->result.native_id()));
    ASSERT_TRUE(cancelled) << cancelled.error().message;
    EXPECT_EQ(before->at("A-100045"), free_stock()->at("A-100045"));
}

TEST_P(SandboxOf, RefusesAnArticleThatSorsDoesNotKnow) {
    events::Command command = export_command();
    command.mutable_export_order()->mutable_order()->mutable_lines(0)->set_sku("A-999");
    const Result<runtime::Applied> refused = apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
    EXPECT_NE(std::string::npos, refused.error().with_words().find("A-999")) << refused.error().with_words();
}

TEST_P(SandboxOf, ReadsStockThroughOddButHarmlessAnswers) {
    const auto plain = free_stock();
    ASSERT_TRUE(plain) << plain.error().message;
    for (const char* kind : {"number_as_string", "unknown_fields", "bom"}) {
        fault(
            R"([{"match": {"channel": "answer", "method": "GET", "path_regex": "stock|lager"}, "times": 100, "fault": {"kind": ")" +
            std::string(kind) + "\"}}]");
        const auto odd = free_stock();
        ASSERT_TRUE(odd) << kind << ": " << odd.error().message;
        EXPECT_EQ(*plain, *odd) << kind;
        no_fault();
    }
    for (const char* kind : {"empty_page", "repeat_page"}) {
        fault(
            R"([{"match": {"channel": "answer", "method": "GET", "path_regex": "stock|lager"}, "skip": 1, "times": 1, "fault": {"kind": ")" +
            std::string(kind) + "\"}}]");
        const auto broken = free_stock();
        ASSERT_FALSE(broken) << kind;
        EXPECT_EQ(ErrorKind::kTransient, broken.error().kind) << broken.error().message;
    }
}

TEST_P(SandboxOf, TellsTheWholeArticle) {
    connect("media_secret: ${env:SORS_TEST_MEDIA}");
    const auto products = read("products");
    ASSERT_TRUE(products) << products.error().message;
    ASSERT_EQ(6U, products->size());
    const events::v1::Product& cup = products->front().product();
    EXPECT_EQ("A-100045", cup.sku());
    EXPECT_EQ("Šolja 300 ml", cup.name());
    EXPECT_EQ("8600123456788", cup.gtin());
    EXPECT_EQ("kom", cup.unit());
    EXPECT_EQ("Roba", cup.kind());
    EXPECT_EQ(dec("20"), events::from_proto(cup.vat_rate()));
    ASSERT_EQ(2, cup.categories_size());  // the parent before its child, each once
    EXPECT_EQ("12", cup.categories(0).native_id());
    EXPECT_EQ("", cup.categories(0).parent_native_id());
    EXPECT_EQ("13", cup.categories(1).native_id());
    EXPECT_EQ("12", cup.categories(1).parent_native_id());
    EXPECT_EQ("Šolje", cup.categories(1).name());
    EXPECT_FALSE(products->back().product().active());
    EXPECT_EQ(0, products->back().product().images_size());
}

TEST_P(SandboxOf, TwoListsOfGroupsAreOneBelowTheOther) {
    connect("groups: two_lists\nimages: off");
    const auto products = read("products");
    ASSERT_TRUE(products) << products.error().message;
    const events::v1::Product& cup = products->front().product();
    ASSERT_EQ(2, cup.categories_size());
    EXPECT_EQ("Keramika", cup.categories(0).name());
    EXPECT_EQ("", cup.categories(0).parent_native_id());
    EXPECT_EQ("12", cup.categories(1).parent_native_id());
    EXPECT_EQ(0, cup.images_size());
}

TEST_P(SandboxOf, APictureOfBytesHasAnAddressOfOursThatGivesThem) {
    connect("media_secret: ${env:SORS_TEST_MEDIA}");
    runtime::MediaServer server;
    const auto get = [&](const std::string& url) {
        const std::string_view base = "https://public.example/webhooks/acme/erp/media/";
        EXPECT_TRUE(url.starts_with(base)) << url;
        const std::size_t query = url.find('?');
        return server
            .answer("acme/erp", *connector_.media, {.method = "GET", .query = url.substr(query + 1)},
                    url.substr(base.size(), query - base.size()))
            .response;
    };
    const auto picture = [this] { return read("products")->front().product().images(0); };
    const events::v1::Image first = picture();
    EXPECT_EQ(64U, first.content_hash().size());
    const http::ServerResponse answer = get(first.url());
    EXPECT_EQ(200, answer.status);
    EXPECT_EQ("image/png", answer.content_type);
    EXPECT_TRUE(answer.body.ends_with("A-100045#1")) << answer.body;
    EXPECT_EQ(first.url(), picture().url());

    control("article", R"({"code": "A-100045", "newImage": true})");
    EXPECT_EQ(404, get(first.url()).status) << "it is another picture now";
    const events::v1::Image second = picture();
    EXPECT_NE(first.content_hash(), second.content_hash());
    EXPECT_TRUE(get(second.url()).body.ends_with("A-100045#2"));
    fault(R"([{"match": {"method": "GET", "path_regex": "slike|images"}, "times": 100,
               "fault": {"kind": "status", "status": 503}}])");
    EXPECT_EQ(503, get(second.url()).status);
}

TEST_P(SandboxOf, APictureByAddressIsPassedOnAndOneThatNobodyCouldFetchIsCounted) {
    control("settings", R"({"image_url": true})");
    const auto by_address = read("products");
    ASSERT_TRUE(by_address) << by_address.error().message;
    EXPECT_TRUE(by_address->front().product().images(0).url().contains("/media/Shop2026/"));
    EXPECT_EQ("", by_address->front().product().images(0).content_hash());
    control("settings", R"({"image_url": false})");
    const auto of_bytes = read("products");  // without a secret there is no address
    ASSERT_TRUE(of_bytes) << of_bytes.error().message;
    EXPECT_EQ(0, of_bytes->front().product().images_size());
    EXPECT_TRUE(metrics_->text().contains("shopwire_sors_pictures_left_out_total{connection=\"acme/erp\"} 4"));
}

TEST_P(SandboxOf, AnUnansweredListOfPicturesFailsThePageAndTakesNoneAway) {
    connect("media_secret: ${env:SORS_TEST_MEDIA}");
    fault(R"([{"match": {"method": "GET", "path_regex": "slike|images"}, "times": 100,
               "fault": {"kind": "status", "status": 503}}])");
    const auto products = read("products");
    ASSERT_FALSE(products);
    EXPECT_EQ(ErrorKind::kTransient, products.error().kind) << products.error().message;
}

TEST_P(SandboxOf, TellsCustomersAndWhatCompaniesOwe) {
    const auto customers = read("customers");
    ASSERT_TRUE(customers) << customers.error().message;
    ASSERT_EQ(3U, customers->size());
    const events::v1::Customer& company = customers->front().customer();
    EXPECT_EQ("K-0881", company.native_id());
    EXPECT_EQ("1", company.kind());
    EXPECT_TRUE(company.company());
    EXPECT_TRUE(company.credit_allowed());
    EXPECT_TRUE(company.active());
    const events::v1::PersonalFields& person = company.personal().clear();
    EXPECT_EQ("Primer d.o.o.", person.billing().company());
    EXPECT_EQ("123456788", person.tax_id());
    EXPECT_EQ("21000", person.billing().postal_code());
    EXPECT_EQ("RS", person.billing().country());
    EXPECT_FALSE(customers->at(1).customer().company());
    EXPECT_FALSE(customers->at(1).customer().credit_allowed());

    const auto balances = read("balances");
    ASSERT_TRUE(balances) << balances.error().message;
    ASSERT_EQ(2U, balances->size());  // a consumer pays at once
    const events::v1::Balance& balance = balances->front().balance();
    EXPECT_EQ("K-0881", balance.customer_native_id());
    EXPECT_EQ("RSD", balance.currency());
    EXPECT_EQ(dec("152340"), events::from_proto(balance.debt()));
    EXPECT_EQ(dec("42340"), events::from_proto(balance.overdue()));
    EXPECT_FALSE(balance.has_credit_limit());
}

}  // namespace
}  // namespace shopwire::sors
