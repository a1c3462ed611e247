// Goal: what a dialect leaves out is missing in a way that the README tells, and nothing else breaks.  Each operation
// is taken out of each dialect in turn (contract dialects 4.3).
#include "tests/unit/services/sors/sandbox_rig.h"

#include <sstream>

namespace shopwire::sors {
namespace {

using events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
using events::v1::DOCUMENT_TYPE_RESERVATION;

class CapabilityOf : public SandboxOf {
 protected:
    void take_out(const std::string& operation, const std::string& more = {}) {
        connect(more, without_operation(dialect_text(GetParam()), operation));
    }
    // The error of a command or reading that must be refused for good.
    template <class T>
    std::string refusal(const Result<T>& answer) {
        EXPECT_FALSE(answer);
        if (answer) return "taken";
        EXPECT_EQ(ErrorKind::kRejected, answer.error().kind) << answer.error().message;
        return answer.error().message;
    }
    std::string made(events::v1::DocumentType type = DOCUMENT_TYPE_RESERVATION) {
        const Result<runtime::Applied> applied = apply(order_as(type));
        EXPECT_TRUE(applied) << applied.error().message;
        return applied ? applied->result.native_id() : "";
    }
    // Everything else goes on.
    void expect_the_rest(const std::string& stream) {
        EXPECT_TRUE(connector_.probe({}));
        const auto all = read(stream);
        EXPECT_TRUE(all) << all.error().message;
        EXPECT_TRUE(apply(export_command()));
    }
};
INSTANTIATE_TEST_SUITE_P(Dialect, CapabilityOf, ::testing::Values("sors-en", "sors-sr"), dialect_name);

TEST_P(CapabilityOf, ListDatabases) {
    take_out("list_databases");
    expect_the_rest("stock");
}

TEST_P(CapabilityOf, ListBusinessUnits) {
    take_out("list_business_units", "unit: 2");
    expect_the_rest("stock");
    EXPECT_TRUE(connector_.describe({})->empty());
}

TEST_P(CapabilityOf, ListStock) {
    take_out("list_stock");
    EXPECT_EQ("reading stock: this dialect has no list_stock; set streams.stock.enabled: off", refusal(read("stock")));
    expect_the_rest("products");
}

TEST_P(CapabilityOf, ListProducts) {
    take_out("list_products", "unknown_sku: skip_line");
    EXPECT_TRUE(refusal(read("products")).contains("has no list_products"));
    events::Command command = export_command();
    command.mutable_export_order()->mutable_order()->mutable_lines(0)->set_sku("A-999");
    EXPECT_FALSE(refusal(apply(command)).empty());  // SORS itself refuses it
    expect_the_rest("stock");
}

TEST_P(CapabilityOf, ListProductGroups) {
    take_out("list_product_groups");
    const auto products = read("products");
    ASSERT_TRUE(products) << products.error().message;
    ASSERT_EQ(2, products->front().product().categories_size());
    EXPECT_EQ("Šolje", products->front().product().categories(1).name());
    EXPECT_EQ("", products->front().product().categories(1).parent_native_id());
    expect_the_rest("stock");
}

TEST_P(CapabilityOf, ListProductImages) {
    take_out("list_product_images", "media_secret: ${env:SORS_TEST_MEDIA}");
    const auto products = read("products");
    ASSERT_TRUE(products) << products.error().message;
    EXPECT_EQ(0, products->front().product().images_size());
    EXPECT_EQ(ErrorKind::kRejected, connector_.media->read("1204~5501", {}).error().kind);
    expect_the_rest("stock");
}

TEST_P(CapabilityOf, FindCustomers) {
    take_out("find_customers");
    EXPECT_TRUE(refusal(apply(export_command())).ends_with("set generic_customer_code"));
    events::Command upsert;
    *upsert.mutable_upsert_customer()->mutable_customer()->mutable_personal() =
        export_command().export_order().order().personal();
    EXPECT_TRUE(refusal(apply(upsert)).ends_with("this dialect cannot look for customers"));
    EXPECT_TRUE(read("stock"));
    take_out("find_customers", "generic_customer_code: K-0882");
    const Result<runtime::Applied> applied = apply(export_command());
    // A dialect that names customers by their number needs to look that up.
    EXPECT_EQ(GetParam() == std::string("sors-sr"), applied.has_value());
    if (!applied) {
        EXPECT_EQ(ErrorKind::kRejected, applied.error().kind) << applied.error().message;
    }
}

TEST_P(CapabilityOf, ListCustomers) {
    take_out("list_customers");
    EXPECT_TRUE(refusal(read("customers")).contains("has no list_customers"));
    EXPECT_TRUE(refusal(read("balances")).contains("has no list_customers"));
    expect_the_rest("stock");
}

TEST_P(CapabilityOf, GetCustomerDebt) {
    take_out("get_customer_debt", "credit_check: hold\ncredit_limit: 1000000");
    EXPECT_TRUE(refusal(read("balances")).contains("has no get_customer_debt"));
    events::Command company = export_command();
    auto& person = *company.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear();
    person.set_tax_id("123456788");
    EXPECT_TRUE(refusal(apply(company)).ends_with("checking the credit: this dialect cannot read debts"));
    expect_the_rest("customers");
}

TEST_P(CapabilityOf, CreateCustomer) {
    take_out("create_customer");
    EXPECT_TRUE(refusal(apply(export_command())).ends_with("this dialect cannot create one"));
    EXPECT_TRUE(documents().empty());
    connect();
    ASSERT_TRUE(apply(export_command()));
    take_out("create_customer");
    events::Command known = export_command();
    known.mutable_export_order()->set_external_number("WC-2");
    EXPECT_TRUE(apply(known));
}

TEST_P(CapabilityOf, CreateDocument) {
    take_out("create_document");
    EXPECT_FALSE(connector_.sink);
    EXPECT_TRUE(connector_.probe({}));
    EXPECT_TRUE(read("stock"));
}

TEST_P(CapabilityOf, FindDocument) {
    take_out("find_document");
    const std::string first = made();
    EXPECT_EQ(ErrorKind::kAmbiguous, connector_.sink->find(export_command(), {}).error().kind);
    EXPECT_TRUE(refusal(apply(update_command("2", "2400", first))).ends_with("do it by hand in SORS"));
    EXPECT_TRUE(refusal(apply(refund_command(DOCUMENT_TYPE_RESERVATION, first, "1", "1166.67", "1166.67")))
                    .ends_with("do it by hand in SORS"));
    EXPECT_TRUE(
        refusal(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, ""))).ends_with("this dialect cannot look it up"));
    EXPECT_TRUE(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first)));
    const std::string issued = made(DOCUMENT_TYPE_DELIVERY_NOTE);
    EXPECT_TRUE(apply(refund_command(DOCUMENT_TYPE_DELIVERY_NOTE, issued, "1", "1166.67", "1166.67")));
    const events::Command cancel = cancel_command(DOCUMENT_TYPE_DELIVERY_NOTE, issued);
    EXPECT_EQ(ErrorKind::kAmbiguous, connector_.sink->find(cancel, {}).error().kind);
    EXPECT_TRUE(apply(cancel));
}

TEST_P(CapabilityOf, ListDocuments) {
    control("seed", R"({"customers": [{"type": 1, "name": "Firma", "pib": "102030400", "creditLimit": 4000}]})");
    take_out("list_documents", "credit_check: hold");
    for (const char* number : {"WC-1", "WC-2"}) {  // reservations are not counted
        events::Command company = export_command();
        company.mutable_export_order()->set_external_number(number);
        company.mutable_export_order()->mutable_order()->mutable_personal()->mutable_clear()->set_tax_id("102030400");
        const Result<runtime::Applied> applied = apply(company);
        EXPECT_TRUE(applied) << applied.error().message;
    }
    expect_the_rest("stock");
}

TEST_P(CapabilityOf, GetDocument) {
    take_out("get_document");
    const std::string first = made();
    EXPECT_TRUE(apply(export_command())->result.document().found()) << "by its total";
    EXPECT_TRUE(refusal(apply(update_command("2", "2400", first))).ends_with("do it by hand in SORS"));
    const std::string issued = made(DOCUMENT_TYPE_DELIVERY_NOTE);
    EXPECT_TRUE(refusal(apply(refund_command(DOCUMENT_TYPE_DELIVERY_NOTE, issued, "1", "1166.67", "1166.67")))
                    .ends_with("do it by hand in SORS"));
    EXPECT_TRUE(refusal(apply(cancel_command(DOCUMENT_TYPE_DELIVERY_NOTE, issued))).ends_with("do it by hand in SORS"));
    EXPECT_TRUE(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first)));
}

TEST_P(CapabilityOf, CancelDocument) {
    take_out("cancel_document");
    const std::string first = made();
    EXPECT_EQ("cancelling document WC-10231: this dialect cannot cancel, do it by hand in SORS",
              refusal(apply(cancel_command(DOCUMENT_TYPE_RESERVATION, first))));
    EXPECT_TRUE(refusal(apply(update_command("2", "2400", first))).ends_with("do it by hand in SORS"));
    EXPECT_EQ(1U, documents().size());
    expect_the_rest("stock");
}

TEST(Capabilities, EachOneHasItsTestAndItsRowInTheReadme) {
    std::ifstream file("services/sors/README.md");
    std::stringstream readme;
    readme << file.rdbuf();
    std::set<std::string> tested;
    const auto* suite = ::testing::UnitTest::GetInstance();
    for (int i = 0; i < suite->total_test_suite_count(); ++i) {
        const ::testing::TestSuite& one = *suite->GetTestSuite(i);
        if (!std::string(one.name()).ends_with("CapabilityOf")) continue;
        for (int k = 0; k < one.total_test_count(); ++k) {
            const std::string name = one.GetTestInfo(k)->name();
            tested.insert(name.substr(0, name.find('/')));
        }
    }
    for (const auto& [operation, inputs] : vocabulary().operations) {
        EXPECT_TRUE(readme.str().contains("`" + operation + "`")) << operation;
        std::string name;
        for (std::size_t at = 0; at < operation.size(); ++at)
            if (operation[at] != '_')
                name += at == 0 || operation[at - 1] == '_' ? static_cast<char>(std::toupper(operation[at]))
                                                            : operation[at];
        EXPECT_TRUE(tested.contains(name)) << name;
    }
}

}  // namespace
}  // namespace shopwire::sors
