#include "common/core/address.h"

#include <gtest/gtest.h>

namespace shopwire {
namespace {

struct Row {
    const char* text;
    bool internal;
    bool no_system;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.text; }

class AddressKinds : public ::testing::TestWithParam<Row> {};

TEST_P(AddressKinds, AreToldApart) {
    const auto address = Address::parse(GetParam().text);
    ASSERT_TRUE(address);
    EXPECT_EQ(address->is_internal(), GetParam().internal);
    EXPECT_EQ(address->is_no_system(), GetParam().no_system);
}

INSTANTIATE_TEST_SUITE_P(
    , AddressKinds,
    ::testing::Values(
        Row{"8.8.8.8", false, false}, Row{"172.15.255.255", false, false}, Row{"172.32.0.1", false, false},
        Row{"223.255.255.255", false, false}, Row{"2606:4700::1", false, false}, Row{"64:ff9b::808:808", false, false},
        Row{"2002:808:808::1", false, false}, Row{"::8.8.8.8", false, false}, Row{"127.0.0.1", true, false},
        Row{"127.255.0.9", true, false}, Row{"10.0.0.1", true, false}, Row{"172.16.0.1", true, false},
        Row{"172.31.255.255", true, false}, Row{"192.168.1.1", true, false}, Row{"100.64.0.1", true, false},
        Row{"::1", true, false}, Row{"fc00::1", true, false}, Row{"fdff::1", true, false},
        Row{"::ffff:10.0.0.1", true, false}, Row{"64:ff9b::a00:1", true, false}, Row{"2002:a00:1::1", true, false},
        Row{"::127.0.0.1", true, false}, Row{"169.254.169.254", true, true}, Row{"::ffff:169.254.169.254", true, true},
        Row{"64:ff9b::a9fe:a9fe", true, true}, Row{"fe80::1", true, true}, Row{"fd00:ec2::254", true, true},
        Row{"0.0.0.0", true, true}, Row{"::", true, true}, Row{"224.0.0.1", true, true},
        Row{"255.255.255.255", true, true}, Row{"ff02::1", true, true}));

TEST(Address, IsReadWithPortAndBrackets) {
    for (const char* text : {"10.1.2.3", "10.1.2.3:80", "::ffff:10.1.2.3", "[::ffff:10.1.2.3]:443"})
        EXPECT_EQ(Address::parse(text), Address::parse("10.1.2.3")) << text;
    for (const char* text : {"", "example.org", "10.1.2", "010.1.2.3", "0x7f.1", "2130706433", "[::1", "1.2.3.4.5"})
        EXPECT_FALSE(Address::parse(text)) << text;
}

TEST(Address, IsCountedByWhatOneHostHas) {
    EXPECT_EQ(Address::parse("10.1.2.3").value().source(), "10.1.2.3");
    EXPECT_EQ(Address::parse("2001:db8:1:2:3:4:5:6").value().source(),
              Address::parse("2001:db8:1:2::9").value().source());
    EXPECT_NE(Address::parse("2001:db8:1:3::1").value().source(), Address::parse("2001:db8:1:2::1").value().source());
}

TEST(Network, ContainsWhatItsBitsSay) {
    EXPECT_TRUE(Network::parse("10.0.0.0/9").value().contains(Address::parse("10.127.255.255").value()));
    EXPECT_FALSE(Network::parse("10.0.0.0/9").value().contains(Address::parse("10.128.0.0").value()));
    EXPECT_TRUE(Network::parse("10.0.0.7").value().contains(Address::parse("10.0.0.7").value()));
    EXPECT_FALSE(Network::parse("10.0.0.7").value().contains(Address::parse("10.0.0.6").value()));
    EXPECT_TRUE(Network::parse("0.0.0.0/0").value().contains(Address::parse("1.2.3.4").value()));
    EXPECT_FALSE(Network::parse("0.0.0.0/0").value().contains(Address::parse("2001:db8::1").value()));
    EXPECT_TRUE(Network::parse("::/0").value().contains(Address::parse("1.2.3.4").value()));
    for (const char* text : {"", "/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", "any"})
        EXPECT_FALSE(Network::parse(text)) << text;
}

}  // namespace
}  // namespace shopwire
