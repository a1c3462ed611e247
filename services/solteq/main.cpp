#include "services/solteq/connector.h"

int main(int argc, char** argv) { return shopwire::runtime::run(argc, argv, shopwire::solteq::spec()); }
