// The provider's own payment form on this page, and what became of it. Loaded when a bot asks for a
// payment. Card numbers are typed into the provider's frames: this page and its server never see them.
const SCRIPT = "https://js.stripe.com/v3/";
// How often a payment that a bank still works on is asked about, and for how long.
const PAUSE_MS = 3_000;
const ASKED = 100;

let loading;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: SCRIPT, async: true });
    const failed = () => {
      loading = undefined;
      script.remove();
      reject(new Error("the provider's script could not be loaded"));
    };
    script.onload = () => (globalThis.Stripe ? resolve() : failed());
    script.onerror = failed;
    document.head.append(script);
  });
  return loading;
}

/** What a payment's state means; one that a bank works on is waited for. */
async function settled(stripe, secret, intent) {
  let status = intent?.status;
  for (let asked = 0; status === "processing" && asked < ASKED; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const { paymentIntent } = await stripe.retrievePaymentIntent(secret);
    status = paymentIntent?.status ?? status;
  }
  if (status === "succeeded") return { paid: true };
  if (status === "processing") return { error: "Your bank is still working on the payment. Come back to this page later." };
  return {};
}

/**
 * Shows the form in a box. Gives `{paid}` where nothing is left to pay, else `{pay}`: a function
 * that pays with the billing details and gives `{paid}` or `{error}`.
 */
export async function open(box, { publicKey, secret }) {
  await load();
  const stripe = globalThis.Stripe(publicKey);
  const { paymentIntent } = await stripe.retrievePaymentIntent(secret);
  if (["succeeded", "processing"].includes(paymentIntent?.status)) {
    return settled(stripe, secret, paymentIntent);
  }
  const color = getComputedStyle(box).getPropertyValue("--typebot-button-bg-rgb").trim();
  const variables = { fontSizeBase: "16px", ...(color && { colorPrimary: `rgb(${color})` }) };
  const elements = stripe.elements({ clientSecret: secret, appearance: { theme: "stripe", variables } });
  const form = elements.create("payment", { layout: "tabs" });
  await new Promise((resolve, reject) => {
    form.on("ready", resolve);
    form.on("loaderror", ({ error }) => reject(new Error(error?.message ?? "the form could not be shown")));
    form.mount(box);
  });
  const pay = async (billing) => {
    const { error, paymentIntent } = await stripe.confirmPayment({
      elements,
      confirmParams: { return_url: location.href, payment_method_data: { billing_details: billing } },
      redirect: "if_required",
    });
    // The form shows itself what is wrong with its fields.
    if (error) return { error: error.type === "validation_error" ? "" : error.message ?? "The payment failed." };
    return settled(stripe, secret, paymentIntent);
  };
  return { pay };
}
