// Who a customer is, and when two states say the same.
#include "services/router/customer_model.h"

#include <gtest/gtest.h>

namespace shopwire::router {
namespace {

const Secret kKey("0123456789abcdef");
const std::vector<std::string> kMatch = {"tax_id", "email", "phone"};
const std::vector<std::string> kAll = {"name", "email", "phone", "billing", "shipping", "tax_id", "groups"};

events::v1::Customer customer(const std::string& email, const std::string& phone, const std::string& tax_id) {
    events::v1::Customer out;
    out.set_native_id("1");
    events::v1::PersonalFields& person = *out.mutable_personal()->mutable_clear();
    person.set_email(email);
    person.set_phone(phone);
    person.set_tax_id(tax_id);
    person.mutable_billing()->set_first_name("Ana");
    person.mutable_billing()->set_line_1("Main Street 1");
    person.mutable_billing()->set_city("Novi Sad");
    return out;
}
std::string id_of(const events::v1::Customer& one) { return identity_of(one, "shop", kMatch, kKey); }

struct Form {
    const char* name;
    std::string (*normal)(std::string_view);
    const char* text;
    const char* expected;
};
void PrintTo(const Form& form, std::ostream* out) { *out << form.name; }
class NormalForm : public ::testing::TestWithParam<Form> {};

TEST_P(NormalForm, OfOnePart) { EXPECT_EQ(GetParam().normal(GetParam().text), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(Parts, NormalForm,
                         ::testing::Values(Form{"Spaces", normal_text, "  Main \t Street  1 ", "main street 1"},
                                           Form{"Cyrillic", normal_text, "Нови Сад", "нови сад"},
                                           Form{"Email", normal_email, " Ana@Example.COM ", "ana@example.com"},
                                           Form{"NoEmail", normal_email, "ana", ""},
                                           Form{"PhoneWithCountry", normal_phone, "+381 64 111-2223", "641112223"},
                                           Form{"PhoneOfTheCountry", normal_phone, "064/1112223", "641112223"},
                                           Form{"PhoneWithZeros", normal_phone, "00381641112223", "641112223"},
                                           Form{"NoPhone", normal_phone, "n/a", ""},
                                           Form{"TaxWithCountry", normal_tax_id, "FI12345671", "12345671"},
                                           Form{"TaxWithDash", normal_tax_id, "1234567-1", "12345671"},
                                           Form{"NoTax", normal_tax_id, "-", ""}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Identity, IsTheFirstThatTheCustomerHas) {
    EXPECT_EQ(id_of(customer("a@x.example", "", "FI12345671")), id_of(customer("b@x.example", "1234567", "1234567-1")));
    EXPECT_EQ(id_of(customer("A@x.example", "", "")), id_of(customer("a@x.example", "064 111 2223", "")));
    EXPECT_EQ(id_of(customer("", "+381641112223", "")), id_of(customer("", "0641112223", "")));
    EXPECT_NE(id_of(customer("a@x.example", "", "")), id_of(customer("b@x.example", "", "")));
}

TEST(Identity, WithoutAnyIsAloneAtItsConnection) {
    const events::v1::Customer nobody = customer("", "", "");
    EXPECT_NE(identity_of(nobody, "shop", kMatch, kKey), identity_of(nobody, "erp", kMatch, kKey));
}

TEST(Identity, TellsNothingOfThePersonWithoutTheKey) {
    const std::string one = identity_of(customer("a@x.example", "", ""), "shop", kMatch, kKey);
    EXPECT_EQ(one.size(), 32U);
    EXPECT_NE(one, identity_of(customer("a@x.example", "", ""), "shop", kMatch, Secret("another key of 16")));
}

TEST(Covers, ADifferenceOfFormIsNone) {
    events::v1::Customer other = customer("ANA@x.example", "064 1112223", "");
    other.mutable_personal()->mutable_clear()->mutable_billing()->set_line_1("main street");
    other.mutable_personal()->mutable_clear()->mutable_billing()->set_line_2("1");
    EXPECT_TRUE(covers(fingerprint_of(customer("ana@x.example", "+381641112223", ""), kKey),
                       fingerprint_of(other, kKey), kAll));
}

TEST(Covers, WhatIsEmptySaysNothingAndWhatDiffersIsAChange) {
    const std::string known = fingerprint_of(customer("a@x.example", "0641112223", ""), kKey);
    const std::string less = fingerprint_of(customer("a@x.example", "", ""), kKey);
    const std::string changed = fingerprint_of(customer("a@x.example", "0649999999", ""), kKey);
    EXPECT_TRUE(covers(known, less, kAll));
    EXPECT_FALSE(covers(less, known, kAll));
    EXPECT_FALSE(covers(known, changed, kAll));
    EXPECT_TRUE(covers(known, changed, {"email", "name"})) << "the phone does not cross";
    EXPECT_FALSE(covers("", known, kAll)) << "nothing is known";
}

TEST(Crossing, LeavesIdsAndCodesBehind) {
    events::v1::Customer from = customer("a@x.example", "0641112223", "100000008");
    from.set_code("C-1");
    from.set_credit_allowed(true);
    from.mutable_personal()->mutable_clear()->set_note("ring twice");
    const events::v1::Customer out = crossing(from, {"name", "email"}, fingerprint_of(from, kKey));
    EXPECT_TRUE(out.native_id().empty());
    EXPECT_TRUE(out.code().empty());
    EXPECT_FALSE(out.credit_allowed());
    EXPECT_EQ(out.personal().clear().email(), "a@x.example");
    EXPECT_EQ(out.personal().clear().billing().first_name(), "Ana");
    EXPECT_TRUE(out.personal().clear().billing().line_1().empty());
    EXPECT_TRUE(out.personal().clear().phone().empty());
    EXPECT_TRUE(out.personal().clear().note().empty());
}

TEST(Fingerprint, DoesNotSeeWhereANameIsSplit) {
    events::v1::Customer whole = customer("a@x.example", "", "");
    events::v1::Customer split = whole;
    whole.mutable_personal()->mutable_clear()->mutable_billing()->set_first_name("Ana Marija");
    whole.mutable_personal()->mutable_clear()->mutable_billing()->set_last_name("Ilić");
    split.mutable_personal()->mutable_clear()->mutable_billing()->set_first_name("Ana");
    split.mutable_personal()->mutable_clear()->mutable_billing()->set_last_name("Marija Ilić");
    EXPECT_EQ(fingerprint_of(whole, kKey), fingerprint_of(split, kKey));
}

}  // namespace
}  // namespace shopwire::router
