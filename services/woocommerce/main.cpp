#include "services/woocommerce/connector.h"

int main(int argc, char** argv) { return shopwire::runtime::run(argc, argv, shopwire::woocommerce::spec()); }
