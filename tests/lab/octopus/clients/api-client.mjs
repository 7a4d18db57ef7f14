// Drive npm's @octopusdeploy/api-client against OCTOPUS_URL; the last line printed is what it saw, as JSON.
import octopus from "@octopusdeploy/api-client";

const { Client, EnvironmentRepository, ServerTaskWaiter, SpaceRepository, TagSetRepository, TenantRepository, resolveSpaceId } = octopus;

const client = await Client.create({
    userAgentApp: "octoboot-lab",
    instanceURL: process.env.OCTOPUS_URL,
    apiKey: process.env.OCTOPUS_API_KEY,
});
const space = await resolveSpaceId(client, "Default");
const environments = await new EnvironmentRepository(client, "Default").list({ partialName: "Staging" });
const machines = await client.request("~/api/{spaceId}/machines{?take}", { spaceName: "Default", take: 100 });

const created = await client.doCreate("~/api/{spaceId}/tasks", {
    spaceName: "Default",
    SpaceId: space,
    Name: "Health",
    Description: "Smoke",
    Arguments: { EnvironmentId: environments.Items[0].Id, RestrictedTo: "DeploymentTargets" },
});
const waiter = new ServerTaskWaiter(client, "Default");
const task = await waiter.waitForServerTaskToComplete(created.Id, 200, 20000);
const unknownTask = await waiter.waitForServerTaskToComplete("ServerTasks-99999", 100, 2000).then(() => "accepted", () => "refused");

// Each kind that has a repository of its own: made, changed, found, removed.
async function life(repository, fresh, change) {
    const made = await repository.create(fresh);
    const changed = await repository.modify({ ...(await repository.get(made.Id)), ...change });
    const found = await repository.list({ partialName: fresh.Name, take: 5 });
    await repository.del(changed);
    const gone = await repository.get(made.Id).then(() => false, () => true);
    return found.Items.length === 1 && gone;
}
const managed = { SpaceManagersTeams: ["teams-everyone"], SpaceManagersTeamMembers: [], IsDefault: false };
const lives = [
    await life(new SpaceRepository(client), { Name: "Third", ...managed }, { TaskQueueStopped: true }),
    await life(new EnvironmentRepository(client, "Default"), { Name: "Laboratory" }, { Description: "changed" }),
    await life(new TagSetRepository(client, "Default"), { Name: "Region", Tags: [{ Name: "North", Color: "#112233" }] }, { Tags: [] }),
    await life(new TenantRepository(client, "Default"), { Name: "Acme", TenantTags: [], ProjectEnvironments: {} }, { Description: "d" }),
];

const told = {
    space,
    environments: environments.Items.map((environment) => environment.Name),
    machines: machines.TotalResults,
    task: task.State,
    unknownTask,
    lives,
};
console.log(JSON.stringify(told));
