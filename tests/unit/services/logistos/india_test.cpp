// Goal: addresses as buyers write them become what carriers take, and what cannot is said to be none.
#include "services/logistos/india.h"

#include <gtest/gtest.h>

namespace shopwire::logistos {
namespace {

TEST(State, IsFoundByCodeOlderCodeAndName) {
    for (const char* text : {"MH", "mh", "Maharashtra", "MAHARASHTRA", " maharashtra "}) {
        ASSERT_NE(nullptr, find_state(text)) << text;
        EXPECT_EQ("MH", find_state(text)->code);
    }
    EXPECT_EQ("OD", find_state("OR")->code);
    EXPECT_EQ("TS", find_state("TG")->code);
    EXPECT_EQ("UK", find_state("UT")->code);
    EXPECT_EQ("CG", find_state("CT")->code);
    EXPECT_EQ("Odisha", find_state("Orissa")->name);
    EXPECT_EQ("JK", find_state("Jammu & Kashmir")->code);
    EXPECT_EQ("TN", find_state("TamilNadu")->code);
}

TEST(State, OfAnotherCountryIsNone) {
    for (const char* text : {"", "CA", "Bavaria", "M", "M H X"}) EXPECT_EQ(nullptr, find_state(text)) << text;
}

TEST(Pin, HasSixDigits) {
    EXPECT_EQ("400001", normalize_pin("400001"));
    EXPECT_EQ("400001", normalize_pin(" 400 001"));
    for (const char* text : {"", "40001", "4000011", "040001", "40000A", "400-001"})
        EXPECT_EQ("", normalize_pin(text)) << text;
}

TEST(Phone, HasTenDigits) {
    for (const char* text : {"9800000001", "+91 98000-00001", "09800000001", "0091 9800000001", "(98000) 00001"})
        EXPECT_EQ("9800000001", normalize_phone(text)) << text;
    for (const char* text : {"", "980000001", "+44 20 7946 0000 12", "98000 0000x", "98000000012", "0000000000"})
        EXPECT_EQ("", normalize_phone(text)) << text;
}

TEST(CardNumber, IsTakenOutOfFreeText) {
    EXPECT_EQ("pay with **** please", without_card_numbers("pay with 4111 1111 1111 1111 please"));
    EXPECT_EQ("****", without_card_numbers("5500-0000-0000-0004"));
    EXPECT_EQ("****", without_card_numbers("378282246310005"));
}

TEST(CardNumber, IsNotSeenInOtherNumbers) {
    for (const char* text :
         {"ring 9800000001", "order 4111 1111 1111 1112", "2026-06-01 08:15", "", "12 34", "no digits"})
        EXPECT_EQ(text, without_card_numbers(text));
}

}  // namespace
}  // namespace shopwire::logistos
