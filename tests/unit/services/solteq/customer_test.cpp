// Goal: who is who, by contract rules 7.1 and solteq 3.5; and that an echo stops.
#include "services/solteq/customer.h"

#include "tests/unit/services/solteq/rig.h"

namespace shopwire::solteq {
namespace {

struct Code {
    const char* name;
    const char* text;
    const char* country;
    const char* normal;
    bool valid;
};
void PrintTo(const Code& code, std::ostream* out) { *out << code.name; }
class TaxCode : public ::testing::TestWithParam<Code> {};
// Rules 6.6 case 26.
TEST_P(TaxCode, IsNormalizedAndChecked) {
    const std::string normal = normalize_tax_code(GetParam().text, GetParam().country);
    EXPECT_EQ(GetParam().normal, normal);
    EXPECT_EQ(GetParam().valid, valid_tax_code(normal));
}
INSTANTIATE_TEST_SUITE_P(Of, TaxCode,
                         ::testing::Values(Code{"WithDash", "1234567-1", "FI", "FI12345671", true},
                                           Code{"Manual", "0490484-0", "FI", "FI04904840", true},
                                           Code{"International", "fi 12345671", "FI", "FI12345671", true},
                                           Code{"CheckZero", "2000000-8", "FI", "FI20000008", true},
                                           Code{"Other", "7654321-2", "FI", "FI76543212", true},
                                           Code{"WrongCheck", "1234567-2", "FI", "FI12345672", false},
                                           Code{"TooShort", "123456-1", "FI", "FI1234561", false},
                                           Code{"Swedish", "SE 556677-889901", "SE", "SE556677889901", true},
                                           Code{"SwedishShort", "556677-8899", "SE", "SE5566778899", false},
                                           Code{"Danish", "12345678", "DK", "DK12345678", true},
                                           Code{"German", "DE123456789", "DE", "DE123456789", true},
                                           Code{"Empty", "", "FI", "", false}),
                         [](const auto& test) { return test.param.name; });

TEST(Customer, PhonesAndMailsHaveOneForm) {
    EXPECT_EQ("+358401234567", normalize_phone("040 123 4567", "FI"));
    EXPECT_EQ("+358401234567", normalize_phone("00358 40 1234567", "SE"));
    EXPECT_EQ("", normalize_phone("08 123 456 78", "SE"));
    EXPECT_EQ("", normalize_phone("call me", "FI"));
    EXPECT_EQ("a@b.fi", normalize_email("  A@B.fi "));
    EXPECT_EQ("", normalize_email("nobody"));
}

TEST(Customer, ACompanyNeedsNameAndTaxCode) {
    const events::v1::PersonalFields person = the_order().personal().clear();
    const auto company = card_of(person, true, {});
    ASSERT_TRUE(company);
    EXPECT_EQ("company", company->kind);
    EXPECT_EQ("FI12345671", company->tax_code);
    EXPECT_EQ("osto@esimerkki.example", company->email);
    events::v1::PersonalFields wrong = person;
    wrong.set_tax_id("1234567-2");
    EXPECT_FALSE(card_of(wrong, true, {}));
    const auto fallen = card_of(wrong, true, {.invalid_tax_code = "private"});
    ASSERT_TRUE(fallen);
    EXPECT_EQ("private", fallen->kind);
    EXPECT_EQ("", fallen->tax_code);  // never a company with a bad code
    wrong = person;
    wrong.mutable_billing()->clear_company();
    EXPECT_FALSE(card_of(wrong, true, {}));
    EXPECT_EQ("private", card_of(wrong, false, {})->kind);
}

TEST(Customer, HashesIgnoreTheWayOfWriting) {
    CustomerCard left{.id = "1", .kind = "private", .first_name = "Maija ", .email = "A@b.fi", .phone = "040 1234567"};
    CustomerCard right{
        .id = "2", .kind = "private", .first_name = "Maija", .email = "a@B.fi", .phone = "+358401234567"};
    right.groups = {"STAFF"};
    right.modified = "2026-11-21T08:00:00Z";
    EXPECT_EQ(hash_of(left), hash_of(right));
    right.addresses = {{.kind = "billing", .street = "Katu 1"}};
    EXPECT_NE(hash_of(left), hash_of(right));
}

TEST(Customer, MergingKeepsWhatTheOtherSideLacks) {
    const CustomerCard known{.id = "c-1",
                             .kind = "private",
                             .first_name = "Maija",
                             .email = "a@b.fi",
                             .phone = "1",
                             .addresses = {{.kind = "billing", .city = "Turku"}, {.kind = "shipping", .city = "Oulu"}},
                             .external_id = "theirs"};
    const CustomerCard merged = merge(known, {.kind = "private",
                                              .email = "new@b.fi",
                                              .addresses = {{.kind = "billing", .city = "Espoo"}},
                                              .external_id = "ours"});
    EXPECT_EQ("c-1", merged.id);
    EXPECT_EQ("new@b.fi", merged.email);
    EXPECT_EQ("1", merged.phone);
    EXPECT_EQ("theirs", merged.external_id);
    EXPECT_EQ("Espoo", merged.addresses[0].city);
    EXPECT_EQ("Oulu", merged.addresses[1].city);
}

TEST(Echoes, HoldOneStateAndAreBounded) {
    Echoes echoes;
    EXPECT_EQ("", echoes.agreed("1"));
    echoes.agree("1", "a");
    echoes.agree_after("1", "x", "b");  // something newer was agreed meanwhile
    EXPECT_EQ("a", echoes.agreed("1"));
    echoes.agree_after("1", "a", "b");
    EXPECT_EQ("b", echoes.agreed("1"));
    for (std::size_t i = 0; i < Echoes::kCustomersMax; ++i) echoes.agree("n" + std::to_string(i), "h");
    EXPECT_EQ("", echoes.agreed("1"));
    EXPECT_EQ("h", echoes.agreed("n0"));
    echoes.agree("n0", "cut", "long");
    EXPECT_TRUE(echoes.stands_for("n0", "cut", "long"));
    EXPECT_FALSE(echoes.stands_for("n0", "other", "long"));
    EXPECT_FALSE(echoes.stands_for("n0", "cut", "longer"));
    echoes.agree_after("n0", "cut", "cut");  // all of them are read again
    EXPECT_TRUE(echoes.stands_for("n0", "cut", "long"));
    echoes.agree("n0", "cut");  // seen there, and not asked for by us
    EXPECT_FALSE(echoes.stands_for("n0", "cut", "long"));
}

}  // namespace
}  // namespace shopwire::solteq
