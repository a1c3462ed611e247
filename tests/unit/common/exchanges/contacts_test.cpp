// Goal: a free text tells what happened and not to whom.
#include "common/exchanges/contacts.h"

#include <gtest/gtest.h>

namespace shopwire::exchanges {
namespace {

TEST(WithoutContacts, TakesAddressesAndNumbersOut) {
    EXPECT_EQ(without_contacts("refused for ana.b+x@example.com, line 2"), "refused for ***, line 2");
    EXPECT_EQ(without_contacts("<a@b.rs>"), "<***>");
    EXPECT_EQ(without_contacts("call +381 64 123-45-67 now"), "call *** now");
    EXPECT_EQ(without_contacts("document WC-1234 of 2027, +5 pieces @ 3"), "document WC-1234 of 2027, +5 pieces @ 3");
}

}  // namespace
}  // namespace shopwire::exchanges
