// Goal: the edge cases of contract rules 6.6 that concern this system, by their numbers, in both dialects.
#include "tests/unit/services/sors/sandbox_rig.h"

namespace shopwire::sors {
namespace {

using commands::v1::OUTCOME_UNCHANGED;
using events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_RESERVATION;
using Texts = std::vector<std::string>;

constexpr const char* kCreate = R"("method": "POST", "path_regex": "dok|documents")";

std::string fault_of(const std::string& match, const std::string& fault, int skip = 0) {
    return R"([{"match": {)" + match + R"(}, "skip": )" + std::to_string(skip) + R"(, "times": 1, "fault": )" + fault +
           "}]";
}

class EdgeOf : public SandboxOf {};
INSTANTIATE_TEST_SUITE_P(Dialect, EdgeOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

TEST_P(EdgeOf, Edge01WithoutTheSchemeApiKeyTheConnectionStops) {
    for (const char* value : {"Bearer {api_key}", "{api_key}"}) {
        std::string text = dialect_text(GetParam());
        const std::string right = "ApiKey {api_key}";
        text.replace(text.find(right), right.size(), value);
        connect({}, text);
        const Status usable = connector_.probe({});
        ASSERT_FALSE(usable);
        EXPECT_EQ(ErrorKind::kAuth, usable.error().kind) << usable.error().message;
        EXPECT_EQ(ErrorKind::kAuth, apply(export_command()).error().kind);
    }
    EXPECT_TRUE(documents().empty());
}

TEST_P(EdgeOf, Edge02And03AnAppliedWriteWhoseAnswerIsLostIsFoundEvenByAnotherProcess) {
    fault(fault_of(kCreate, R"({"kind": "apply_then_drop"})"));
    const Result<runtime::Applied> lost = apply(export_command());
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind) << lost.error().message;
    connect();  // it was killed, and another one took over
    const auto found = connector_.sink->find(export_command(), {});
    ASSERT_TRUE(found) << found.error().message;
    ASSERT_TRUE(*found);
    EXPECT_TRUE((**found).result.document().found());
    EXPECT_EQ((Texts{"reservation WC-10231 open 3500.00"}), documents());
}

TEST_P(EdgeOf, Edge04ASuccessThatSaysNoIsAFailure) {
    fault(fault_of(R"("channel": "answer", )" + std::string(kCreate), R"({"kind": "failed_envelope"})"));
    EXPECT_FALSE(apply(export_command()));
    EXPECT_TRUE(documents().empty());
    ASSERT_TRUE(apply(export_command()));
}

TEST_P(EdgeOf, Edge05ThePriceIsThatOfTheConfiguredUnit) {
    for (const auto& [unit, price] : {std::pair{"1", "1299"}, std::pair{"2", "1349"}}) {
        connect("units: [1, 2]\nunit: " + std::string(unit));
        const auto all = read("stock");
        ASSERT_TRUE(all) << all.error().message;
        Texts prices;
        for (const events::Event& event : *all)
            if (event.has_price() && event.price().sku() == "A-100045")
                prices.push_back(events::from_proto(event.price().regular()).text());
        EXPECT_EQ(Texts{price}, prices);
    }
}

TEST_P(EdgeOf, Edge06NegativeStockIsToldAsItIs) {  // the router never shows less than nothing
    connect("unit: 2");
    const auto stock = free_stock();
    ASSERT_TRUE(stock) << stock.error().message;
    EXPECT_EQ(dec("-2.5"), stock->at("T-300001"));
}

TEST_P(EdgeOf, Edge08OfADoubledPibOneIsTakenAndNoThirdIsMade) {
    control("seed", R"({"customers": [{"type": 1, "name": "Jedan", "pib": "102030400"},
                                      {"type": 1, "name": "Dva", "pib": "102030400"}]})");
    events::Command command = export_command();
    auto& person = *command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear();
    person.set_tax_id("102030400");
    person.mutable_billing()->set_company("Tri d.o.o.");
    const auto before = read("customers");
    const Result<runtime::Applied> applied = apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("K-0884", applied->result.document().customer_native_id());
    EXPECT_EQ(before->size(), read("customers")->size());
    EXPECT_TRUE(metrics_->text().contains("shopwire_sors_customers_doubled_total{connection=\"acme/erp\"} 1"));
}

TEST_P(EdgeOf, Edge09AWrongPibNeverMakesACompany) {
    events::Command command = export_command();
    auto& person = *command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear();
    person.set_tax_id("123456789");
    person.mutable_billing()->set_company("Primer d.o.o.");
    const Result<runtime::Applied> refused = apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ("making document WC-10231: the PIB fails its check digit", refused.error().message);
    connect("invalid_pib: natural_person");
    const Result<runtime::Applied> applied = apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    const auto customers = read("customers");
    ASSERT_TRUE(customers);
    EXPECT_FALSE(customers->back().customer().company());
    EXPECT_EQ("", customers->back().customer().personal().clear().tax_id());
}

TEST_P(EdgeOf, Edge10ACouponGivesTheTotalOfTheShop) {  // vectors of contract rules 7.2
    int number = 0;
    for (const auto& [settings, total] :
         {std::pair{"discount_decimals: 4", "3500.00"}, std::pair{"discount_decimals: 3", "3500.00"},
          std::pair{"discount_decimals: 2", "3500.00"},
          std::pair{"discount_decimals: 2\nsplit_lines: off", "3499.90"}}) {
        connect(settings);
        events::Command command = export_command();
        command.mutable_export_order()->set_external_number("WC-" + std::to_string(++number));
        const Result<runtime::Applied> applied = apply(command);
        ASSERT_TRUE(applied) << applied.error().message;
        EXPECT_EQ(total, events::from_proto(applied->result.document().total()).text(2)) << settings;
        EXPECT_EQ(std::string(total) != "3500.00", !applied->result.error().empty()) << settings;
    }
}

TEST_P(EdgeOf, Edge11ShippingWithoutAServiceArticleIsRefused) {
    events::Command command = export_command();
    auto& order = *command.mutable_export_order()->mutable_order();
    *order.add_shipping()->mutable_total() = pdec("390");
    *order.mutable_total() = pdec("3890");
    const Result<runtime::Applied> refused = apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
    EXPECT_TRUE(refused.error().message.ends_with("set shipping_article_code")) << refused.error().message;
    connect("shipping_article_code: U-DOSTAVA");
    ASSERT_TRUE(apply(command));
    EXPECT_EQ((Texts{"reservation WC-10231 open 3890.00"}), documents());
}

TEST_P(EdgeOf, Edge12AnOrderGoesToTheDatabaseOfItsDateAlsoAfterTheTurnOfTheYear) {
    connect("databases: [{database: Shop2025, valid_to: 2025-12-31}, {database: Shop2026, valid_from: 2026-01-01}]");
    events::Command old = export_command();
    old.mutable_export_order()->mutable_order()->set_created_at_ms(1767135600000);  // 2025-12-31 00:00 in Belgrade
    const Result<runtime::Applied> closed = apply(old);
    ASSERT_FALSE(closed);  // a person decides: the year is closed
    EXPECT_EQ(ErrorKind::kRejected, closed.error().kind) << closed.error().message;
    control("close", R"({"database": "Shop2025", "closed": false})");
    ASSERT_TRUE(apply(old));
    ASSERT_TRUE(apply(export_command()));
    EXPECT_EQ(1U, documents("Shop2025").size());
    EXPECT_EQ(1U, documents("Shop2026").size());
}

TEST_P(EdgeOf, Edge12ARefundOfLastYearsOrderParks) {
    connect("databases: [{database: Shop2025, valid_to: 2025-12-31}, {database: Shop2026, valid_from: 2026-01-01}]");
    const Result<runtime::Applied> refused =
        apply(refund_command(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, "Shop2025/55120", "1", "1166.67", "1166.67"));
    ASSERT_FALSE(refused);
    EXPECT_EQ(ErrorKind::kRejected, refused.error().kind);
    EXPECT_TRUE(refused.error().message.contains("BASE_DOCUMENT_IN_OTHER_DATABASE")) << refused.error().message;
}

TEST_P(EdgeOf, Edge13ARefundOfAReservationMakesNoReturn) {
    const auto reserved = apply(export_command());
    ASSERT_TRUE(reserved);
    const Result<runtime::Applied> refund =
        apply(refund_command(DOCUMENT_TYPE_RESERVATION, reserved->result.native_id(), "1", "1166.67", "1166.67"));
    ASSERT_TRUE(refund) << refund.error().message;
    EXPECT_EQ(OUTCOME_UNCHANGED, refund->result.outcome());
    EXPECT_EQ("the order is only reserved: there is nothing to return", refund->result.error());
    EXPECT_EQ(1U, documents().size());
}

TEST_P(EdgeOf, Edge14AReturnAboveWhatWasIssuedIsRefused) {
    const auto issued = apply(order_as(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE));
    ASSERT_TRUE(issued) << issued.error().message;
    const Result<runtime::Applied> refund = apply(
        refund_command(DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE, issued->result.native_id(), "4", "4666.68", "4666.68"));
    ASSERT_FALSE(refund);
    EXPECT_EQ(ErrorKind::kRejected, refund.error().kind) << refund.error().message;
    EXPECT_EQ(1U, documents().size());
}

TEST_P(EdgeOf, Edge15AReadThatBreaksLaterIsNoPass) {
    control("seed", R"({"generate": 10})");
    fault(fault_of(R"("method": "GET", "path_regex": "stock|lager")", R"({"kind": "status", "status": 400})", 2));
    EXPECT_FALSE(read("stock"));
    EXPECT_TRUE(read("stock"));
}

TEST_P(EdgeOf, Edge29NumbersInEitherShapeAreTheSame) {
    const auto prices = [this] {
        Texts out;
        const auto all = read("stock");
        EXPECT_TRUE(all) << all.error().message;
        for (const events::Event& event : *all)
            if (event.has_price()) out.push_back(events::from_proto(event.price().regular()).text(2));
        return out;
    };
    const Texts plain = prices();
    ASSERT_FALSE(plain.empty());
    EXPECT_EQ("1299.00", plain.front());
    fault(R"([{"match": {"channel": "answer", "method": "GET", "path_regex": "stock|lager"}, "times": 100,
               "fault": {"kind": "number_as_string"}}])");
    EXPECT_EQ(plain, prices());
}

TEST_P(EdgeOf, Edge30AnUnknownKindKeepsTheRecordAndIsCounted) {
    control("seed", R"({"customers": [{"type": 7, "name": "Novo d.o.o.", "pib": "999999995"}]})");
    const auto customers = read("customers");
    ASSERT_TRUE(customers) << customers.error().message;
    const events::v1::Customer& unknown = customers->back().customer();
    EXPECT_EQ("", unknown.kind());
    EXPECT_EQ("K-0884", unknown.native_id());
    EXPECT_TRUE(unknown.company());  // its PIB says so
    EXPECT_EQ("1", customers->front().customer().kind());
    EXPECT_TRUE(metrics_->text().contains("shopwire_sors_unknown_values_total{connection=\"acme/erp\"} 1"));
    events::Command command = export_command();
    auto& person = *command.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear();
    person.set_tax_id("999999995");
    person.mutable_billing()->set_company("Novo d.o.o.");
    const Result<runtime::Applied> applied = apply(command);
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ("K-0884", applied->result.document().customer_native_id());
}

// A reading waits and asks again by itself; a write comes back later, since it may have lost its turn meanwhile.
TEST_P(EdgeOf, Edge31TooManyRequestsWithoutAWordWhenCostsNothing) {
    const std::string stock = R"("method": "GET", "path_regex": "stock|lager")";
    fault(fault_of(stock, R"({"kind": "status", "status": 429})"));
    EXPECT_TRUE(read("stock"));
    fault(fault_of(kCreate, R"({"kind": "status", "status": 429})"));
    const Result<runtime::Applied> later = apply(export_command());
    ASSERT_FALSE(later);
    EXPECT_EQ(ErrorKind::kRateLimited, later.error().kind) << later.error().message;
    EXPECT_FALSE(later.error().retry_after);
    EXPECT_TRUE(apply(export_command()));
    EXPECT_EQ(1U, documents().size());
}

TEST_P(EdgeOf, Edge32AnErrorPageOfAProxyIsNotRepeatedBlindlyAndNotLogged) {
    const std::string page = R"({"kind": "html", "status": 502, "body": "<html>Petar, try again</html>"})";
    fault(fault_of(kCreate, page));
    ::testing::internal::CaptureStderr();
    const Result<runtime::Applied> lost = apply(export_command());
    const std::string log = ::testing::internal::GetCapturedStderr();
    ASSERT_FALSE(lost);
    EXPECT_EQ(ErrorKind::kAmbiguous, lost.error().kind);
    for (const std::string& text : {lost.error().message, lost.error().said, log}) {
        EXPECT_FALSE(text.contains('<')) << text;
        EXPECT_FALSE(text.contains("Petar")) << text;
    }
    EXPECT_TRUE(lost.error().message.contains("502")) << lost.error().message;
    EXPECT_EQ(1, requests("POST 502"));  // it was sent once, and nothing was made
    EXPECT_TRUE(documents().empty());
    const auto found = connector_.sink->find(export_command(), {});
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_FALSE(*found);
    ASSERT_TRUE(apply(export_command()));
    EXPECT_EQ((Texts{"reservation WC-10231 open 3500.00"}), documents());
    // What only reads is simply asked again.
    no_fault();
    fault(fault_of(R"("path_regex": "lager|stock")", page));
    const auto stock = free_stock();
    ASSERT_TRUE(stock) << stock.error().message;
    EXPECT_FALSE(stock->empty());
    EXPECT_EQ(2, requests("POST 502") + requests("GET 502"));
}

}  // namespace
}  // namespace shopwire::sors
